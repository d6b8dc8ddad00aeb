#!/usr/bin/env node
/**
 * Builds everything that ships into build/: nothing of it is left to the consumer's synth.
 *
 *   node scripts/build.mjs [step ...]    steps: layers handlers lib schema bin hooks (default: all that are out of date)
 *   --force                              build even what is up to date
 */
import { parseArgs } from 'node:util';
import { bin } from './build/bin.mjs';
import { handlers } from './build/handlers.mjs';
import { hooks } from './build/hooks.mjs';
import { layers } from './build/layers.mjs';
import { lib } from './build/lib.mjs';
import { schema } from './build/schema.mjs';
import { runSteps } from './build/steps.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { force: { type: 'boolean', default: false } },
});
try {
  await runSteps([layers, handlers, lib, schema, bin, hooks], { only: positionals, force: values.force });
} catch (error) {
  console.error(`build: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
