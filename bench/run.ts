import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { installRuntime, ROOT } from '../test/runtime/install';
import temporaryFolder from '../test/temp-folder';
import { batch } from './batch';
import { breaker } from './breaker';
import { cache } from './cache';
import { codec } from './codec';
import { init } from './init';
import { jobs } from './jobs';
import { large } from './large';
import { memory } from './memory';
import { plot } from './plot';
import { python } from './python';
import { print, type Result } from './result';
import { sizes } from './sizes';
import { warm } from './warm';

export interface BenchOptions {
  /** Few rounds: shows that everything runs, and the order of magnitude. */
  readonly quick: boolean;
}

const BENCHMARKS: Readonly<Record<string, (options: BenchOptions) => Promise<Result>>> = {
  sizes,
  init,
  large,
  warm,
  codec,
  cache,
  breaker,
  memory,
  jobs,
  batch,
  python,
};

async function main(): Promise<void> {
  const { node } = await installRuntime();
  if (process.versions.node.split('.')[0] !== '24') {
    // The benchmarks' own loops run on the functions' Node too.
    const { status } = spawnSync(node, process.argv.slice(1), { stdio: 'inherit' });
    process.exitCode = status ?? 1;
    return;
  }
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { quick: { type: 'boolean', default: false } },
  });
  const unknown = positionals.filter((name) => !(name in BENCHMARKS));
  if (unknown.length)
    throw new Error(`No benchmark ${unknown.join(', ')}; there are ${Object.keys(BENCHMARKS).join(', ')}.`);
  const results: Result[] = [];
  for (const [name, benchmark] of Object.entries(BENCHMARKS)) {
    if (positionals.length && !positionals.includes(name)) continue;
    process.stderr.write(`${name} ...\n`);
    const load = os.loadavg()[0] as number;
    const result = { ...(await benchmark(values)), load };
    results.push(result);
    print(result);
  }
  write(results, values.quick);
}

function write(results: readonly Result[], quick: boolean): void {
  const folder = path.join(ROOT, 'bench/results');
  const date = new Date().toISOString();
  const [cpu] = os.cpus();
  const machine = {
    cpu: cpu?.model,
    cores: os.cpus().length,
    node: process.version,
    platform: `${os.platform()} ${os.arch()}`,
  };
  const name = path.join(folder, date.slice(0, 16).replace(':', '-'));
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${name}.json`, `${JSON.stringify({ date, quick, machine, results }, null, 2)}\n`);
  writeFileSync(`${name}.svg`, plot(results));
  console.log(`Written: ${path.relative(ROOT, name)}.json and .svg`);
}

const removeTemporaryFolder = temporaryFolder();
main()
  .catch((error) => {
    console.error(error);
    process.exitCode = 1;
  })
  .finally(removeTemporaryFolder);
