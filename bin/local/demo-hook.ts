import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, parse } from 'node:path';

/** What clients of a service with hooks send to `POST /predict`, and what they read. */
export interface HookExample {
  readonly request: unknown;
  readonly answer: unknown;
}

/** Numbers of an example are rounded by whoever writes them down. */
const TOLERANCE = 0.001;

/** The example beside the module of a preprocess hook, if there is one: `flower.example.json` of `flower.ts`. */
export async function hookExample(module: string): Promise<HookExample | undefined> {
  const file = join(dirname(module), `${parse(module).name}.example.json`);
  return existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : undefined;
}

export function isExpected(expected: unknown, actual: unknown): boolean {
  if (typeof expected === 'number' && typeof actual === 'number') return Math.abs(expected - actual) <= TOLERANCE;
  if (typeof expected !== 'object' || expected === null) return expected === actual;
  if (typeof actual !== 'object' || actual === null) return false;
  const [want, got] = [Object.entries(expected), Object.keys(actual)];
  return want.length === got.length && want.every(([key, value]) => isExpected(value, Reflect.get(actual, key)));
}
