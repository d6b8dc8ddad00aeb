#!/usr/bin/env node
/** `npm start`: from a fresh clone to every service answering on the embedded emulator. Arguments go to the command. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { installDependencies, root, run } from './dependencies.mjs';

try {
  installDependencies();
  run(process.execPath, ['scripts/build.mjs']);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

// In this process, so that Ctrl-C reaches the command and nobody in between.
const command = path.join(root, 'build/bin/cdk-ml-serving.js');
process.argv = [process.execPath, command, 'start', ...process.argv.slice(2)];
createRequire(import.meta.url)(command);
