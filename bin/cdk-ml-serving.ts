#!/usr/bin/env node
import { join } from 'node:path';
import { EXIT_INTERRUPTED, main } from './commands/command-line';
import { toolkitAt } from './local/workspace';

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The first one lets the command stop what it started; a second one does not wait for that.
  process.on(signal, () => (interrupt.signal.aborted ? process.exit(EXIT_INTERRUPTED) : interrupt.abort()));
}

// What the SDK says of Node versions to come is noise between the lines of progress.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const { stdout, stderr, env } = process;
for (const stream of [stdout, stderr]) {
  // Whoever read our output has read enough: `cdk-ml-serving status | head -1`.
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
}
main(process.argv.slice(2), {
  // This file is bundled to build/bin.
  toolkit: toolkitAt(join(__dirname, '..', '..')),
  cwd: process.cwd(),
  env,
  signal: interrupt.signal,
  terminal: {
    out: (text) => stdout.write(text),
    err: (text) => stderr.write(text),
    columns: stdout.isTTY ? stdout.columns : undefined,
    interactive: stderr.isTTY === true && env.CI === undefined,
  },
}).then((exitCode) => {
  process.exitCode = exitCode;
});
