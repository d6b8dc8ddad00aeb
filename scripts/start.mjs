#!/usr/bin/env node
/** `npm start`: from a fresh clone to every service answering on the embedded emulator. Arguments go to the command. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { installDependencies, root, run } from './dependencies.mjs';

refuseSwallowed();
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

/** `npm start --port 4700`: npm takes an option before `--` for its own, and the command would start without it. */
function refuseSwallowed() {
  const { npm_config_port: port, npm_config_once: once } = process.env;
  const given = process.argv.slice(2);
  const swallowed = [];
  if (port && !given.some((each) => /^--port(=|$)/.test(each))) {
    // Without a value of its own, the number is left as an argument.
    swallowed.push(`--port ${/^\d+$/.test(port) ? port : (given.find((each) => /^\d+$/.test(each)) ?? 'NUMBER')}`);
  }
  if (once && !given.includes('--once')) swallowed.push('--once');
  if (swallowed.length > 0) {
    console.error(`npm takes options before -- for its own. Write: npm start -- ${swallowed.join(' ')}`);
    process.exit(2);
  }
}
