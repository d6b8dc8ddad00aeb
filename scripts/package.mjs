#!/usr/bin/env node
/** `npm run package`: dist/js/*.tgz and dist/python/*.whl, ready to publish. */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { installDependencies, root, run } from './dependencies.mjs';

try {
  installDependencies();
  run(process.execPath, ['scripts/build.mjs']);
  rmSync(path.join(root, 'dist'), { recursive: true, force: true });
  run(process.execPath, [path.join(root, 'node_modules/jsii-pacmak/bin/jsii-pacmak'), '--targets', 'js', 'python'], {
    env: { ...process.env, JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20' },
  });
  for (const target of ['js', 'python']) {
    const folder = path.join(root, 'dist', target);
    if (!existsSync(folder)) throw new Error(`jsii-pacmak made no ${target} package`);
    for (const file of readdirSync(folder)) {
      // As npm itself would call it: in the other name npm takes what is behind the @ for a version.
      const name = file.replace(/^(.+)@(.+)\.jsii\.tgz$/, '$1-$2.tgz');
      renameSync(path.join(folder, file), path.join(folder, name));
      console.log(path.join('dist', target, name));
    }
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
