import { createRequire } from 'node:module';
import { join } from 'node:path';
import { LocalRunError } from '../local/errors';

export type Esbuild = typeof import('esbuild');

/** The bundler of the user's project; this package brings none, because its own handlers are built. */
export function findEsbuild(folders: readonly string[]): Esbuild {
  for (const folder of folders) {
    const require = createRequire(join(folder, 'package.json'));
    let file: string;
    try {
      file = require.resolve('esbuild');
    } catch {
      // Not there; the next one may have it.
      continue;
    }
    return require(file) as Esbuild;
  }
  throw new LocalRunError('Hooks are bundled with esbuild, which is not installed.', {
    hint: 'Install it in your project: npm install --save-dev esbuild',
  });
}
