import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { BuildFailure } from 'esbuild';
import { hookStamp } from '../../lib/predictor/hook-file';
import { LocalRunError } from '../local/errors';
import { writeWhole } from '../onnx/model-folder';
import type { Esbuild } from './find-esbuild';

/** Bundled CommonJS asks for `require`. */
const BANNER = "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);";

/** Bundles a hook's module with all that it imports into one file, which says what it was made from. */
export async function buildHook(source: string, built: string, esbuild: Esbuild): Promise<void> {
  const folder = dirname(source);
  const { metafile, outputFiles } = await esbuild
    .build({
      absWorkingDir: folder,
      entryPoints: [source],
      outfile: built,
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'node',
      target: 'node22',
      mainFields: ['module', 'main'],
      loader: { '.txt': 'text' },
      banner: { js: BANNER },
      legalComments: 'none',
      logLevel: 'silent',
    })
    .catch((error: Partial<BuildFailure>) => {
      if (!error.errors) throw error;
      const messages = esbuild.formatMessagesSync(error.errors, { kind: 'error' });
      throw new LocalRunError(`${source} cannot be bundled.`, { detail: messages.join('').trim() });
    });
  // Packages are said by the lockfile.
  const sources = Object.keys(metafile.inputs)
    .filter((input) => !input.split('/').includes('node_modules'))
    .map((input) => resolve(folder, input))
    .filter((file) => existsSync(file));
  await writeWhole(built, `${hookStamp(built, sources)}${outputFiles[0]?.text ?? ''}`);
}
