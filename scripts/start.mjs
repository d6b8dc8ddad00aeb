#!/usr/bin/env node
/** `npm start`: from a fresh clone to every service answering on the embedded emulator. Arguments go to the command. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { installDependencies, root, run } from './dependencies.mjs';

try {
  installDependencies();
  run(process.execPath, ['scripts/build.mjs']);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

const command = path.join(root, 'build/bin/cdk-ml-serving.js');
const child = spawn(process.execPath, [command, 'start', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
// The terminal sends Ctrl-C to the child too; wait for its clean stop instead of dying first.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    if (signal === 'SIGTERM') child.kill(signal);
  });
}
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
});
