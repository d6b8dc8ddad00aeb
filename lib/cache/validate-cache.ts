import type { Duration } from 'aws-cdk-lib';
import type { ModelCard } from '../model/model-card';
import { CacheStrategy } from './cache-strategy';
import type { CachedPredictorOptions } from './cached-predictor-options';

/** The inputs that make the key are inputs of the model. */
export function requireKnownInputs(keyInputs: readonly string[] | undefined, { inputs }: ModelCard): void {
  if (!keyInputs) return;
  const known = inputs.map(({ name }) => name);
  const unknown = keyInputs.find((name) => !known.includes(name));
  if (keyInputs.length > 0 && unknown === undefined) return;
  const got = unknown === undefined ? 'none' : JSON.stringify(unknown);
  throw new Error(`keyInputs must be names of inputs, some of ${known.join(', ')}; got ${got}`);
}

/** How many inferences for one key run at once; undefined: as many as there are requests. */
export function inflightOf({ maxInflight, singleFlight, strategy }: CachedPredictorOptions): number | undefined {
  if (!singleFlight) {
    if (maxInflight === undefined) return undefined;
    throw new Error(`maxInflight must come with singleFlight: true; got ${maxInflight} without it`);
  }
  if (strategy === CacheStrategy.CONCURRENT) {
    throw new Error(
      'strategy must be lookup-first with singleFlight, whose lease is part of the lookup; got concurrent',
    );
  }
  const inflight = maxInflight ?? 1;
  if (Number.isInteger(inflight) && inflight >= 1 && inflight <= 10) return inflight;
  throw new Error(`maxInflight must be a whole number from 1 to 10; got ${inflight}`);
}

/** Milliseconds that a request may wait, by what it waits for, one after the other. */
export type Waits = Readonly<Record<string, number>>;

/** Of a deadline, what is left for the answer itself and the ways between functions. */
const SPARE_MS = 500;

/** The shortest deadline with which others have the time that they may take, also where the cache takes all of its own. */
export function deadlineFor(waits: Waits): number {
  return totalOf(waits) + SPARE_MS;
}

/** Otherwise a cache that does not answer would be a 504 of the cache's making. */
export function requireTimeFor(name: string, deadline: Duration, waits: Waits): void {
  const ms = deadline.toMilliseconds();
  if (ms > totalOf(waits)) return;
  const each = Object.entries(waits).map(([what, most]) => `${what} ${most} ms`);
  throw new Error(`${name} must be longer than ${totalOf(waits)} ms, which is ${each.join(' and ')}; got ${ms} ms`);
}

function totalOf(waits: Waits): number {
  return Object.values(waits).reduce((total, ms) => total + ms, 0);
}
