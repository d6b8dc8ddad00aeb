#!/usr/bin/env node
/**
 * `npm test`: everything, from a fresh clone too. Ends with the line `N passed, N failed`.
 *
 *   --only lint|unit|package|e2e   one part        --soak   with the full counts instead of reduced ones
 *   --external                     the end-to-end part needs an emulator that runs already, at AWS_ENDPOINT_URL
 *   --record ENDPOINT              write what the end-to-end part showed to docs/emulators/ENDPOINT.json, if all passed;
 *                                  endpoints are those of scripts/emulators.mjs
 *   NAME…                          only the files with one of these in their path
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { installDependencies, root, run } from './dependencies.mjs';
import { record, requireEndpoint } from './emulators.mjs';

const { values: options, positionals: files } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', multiple: true },
    soak: { type: 'boolean', default: false },
    external: { type: 'boolean', default: false },
    record: { type: 'string' },
  },
});
const total = { passed: 0, failed: 0 };
// Of this run alone: another may go on against another emulator.
const results = path.join(root, '.test', `${process.pid}`);

const parts = {
  lint() {
    check('format and lint', 'node_modules/@biomejs/biome/bin/biome', ['check', '.']);
    check('types', 'node_modules/typescript/bin/tsc', ['--noEmit', '-p', 'tsconfig.json']);
  },
  unit: () => vitest('unit'),
  package: () => vitest('package'),
  e2e() {
    const report = vitest('e2e');
    if (options.record && total.failed === 0) record(options.record, readReport(report));
  },
};

try {
  const unknown = (options.only ?? []).filter((name) => !(name in parts));
  if (unknown.length) throw new Error(`No part ${unknown.join(', ')}; parts are ${Object.keys(parts).join(', ')}.`);
  if (options.record !== undefined) requireEndpoint(options.record, process.env.AWS_ENDPOINT_URL);
  if (options.external) await requireEmulator(process.env.AWS_ENDPOINT_URL);
  installDependencies();
  run(process.execPath, ['scripts/build.mjs']);
  for (const [name, part] of Object.entries(parts)) {
    if (options.only && !options.only.includes(name)) continue;
    const started = Date.now();
    process.stderr.write(`\n--- ${name}\n`);
    part();
    process.stderr.write(`--- ${name}: ${((Date.now() - started) / 1000).toFixed(0)} s\n`);
  }
} catch (error) {
  total.failed += 1;
  console.error(error instanceof Error ? error.message : error);
} finally {
  rmSync(results, { recursive: true, force: true });
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

async function requireEmulator(url) {
  const start = `Start LocalStack, then say where it is:

  docker compose -f docs/localstack/compose.yaml up --detach --wait
  AWS_ENDPOINT_URL=http://127.0.0.1:4566 npm run test:localstack
`;
  if (!url) throw new Error(`AWS_ENDPOINT_URL is not set. ${start}`);
  await fetch(url).catch(({ cause }) => {
    throw new Error(`Nothing answers at AWS_ENDPOINT_URL=${url} (${cause}). ${start}`);
  });
}

/** One command that counts as one test. */
function check(name, script, args) {
  const { status } = spawnSync(process.execPath, [path.join(root, script), ...args], { cwd: root, stdio: 'inherit' });
  total[status === 0 ? 'passed' : 'failed'] += 1;
  if (status !== 0) process.stderr.write(`FAILED: ${name}\n`);
}

function vitest(project) {
  mkdirSync(results, { recursive: true });
  const report = path.join(results, `${project}.json`);
  const { status } = spawnSync(
    process.execPath,
    [
      path.join(root, 'node_modules/vitest/vitest.mjs'),
      ...['run', '--project', project, ...files],
      ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`, '--reporter=test/second-tries.ts'],
    ],
    { cwd: root, stdio: 'inherit', env: { ...process.env, SOAK: options.soak ? '1' : '' } },
  );
  const { numPassedTests = 0, numFailedTests = 0 } = readReport(report);
  total.passed += numPassedTests;
  // A file that does not load fails no test of its own.
  total.failed += status === 0 ? numFailedTests : Math.max(1, numFailedTests);
  return report;
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}
