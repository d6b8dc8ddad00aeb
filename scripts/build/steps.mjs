import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const out = path.join(root, 'build');

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string[]} inputs files and folders, relative to the root, whose content the result depends on
 * @property {string[]} outputs files and folders that exist once the step has run
 * @property {() => Promise<void>} run
 */

/** Run the steps that are out of date, in order. A step is up to date while its inputs' digest is the recorded one. */
export async function runSteps(steps, { only = [], force = false } = {}) {
  const unknown = only.filter((name) => !steps.some((step) => step.name === name));
  if (unknown.length) {
    throw new Error(`no step ${unknown.join(', ')}; steps are ${steps.map((step) => step.name).join(', ')}`);
  }
  for (const step of steps) {
    if (only.length && !only.includes(step.name)) continue;
    const stamp = path.join(out, '.stamps', step.name);
    const digest = digestOf([...step.inputs, 'package-lock.json', `scripts/build/${step.name}.mjs`]);
    const fresh = existsSync(stamp) && readFileSync(stamp, 'utf8') === digest;
    if (!force && fresh && step.outputs.every((file) => existsSync(path.join(root, file)))) continue;
    const started = Date.now();
    process.stderr.write(`build ${step.name} ...\n`);
    await step.run();
    mkdirSync(path.dirname(stamp), { recursive: true });
    writeFileSync(stamp, digest);
    process.stderr.write(`build ${step.name} done in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
  }
}

function digestOf(inputs) {
  const hash = createHash('sha256').update(process.platform + process.arch);
  for (const input of inputs) addTo(hash, input);
  return hash.digest('hex');
}

function addTo(hash, relative) {
  const file = path.join(root, relative);
  if (!existsSync(file)) return;
  if (statSync(file).isDirectory()) {
    for (const name of readdirSync(file).sort()) addTo(hash, path.join(relative, name));
  } else {
    hash.update(relative.split(path.sep).join('/')).update('\0').update(readFileSync(file)).update('\0');
  }
}

/** Total bytes of a file or of all files under a folder. */
export function bytesOf(file) {
  const stat = statSync(file);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(file).reduce((sum, name) => sum + bytesOf(path.join(file, name)), 0);
}
