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

/** An operation of the cache that takes as long as it may leaves time for an answer. */
export function requireTimeFor(cacheTimeout: Duration | undefined, name: string, deadline: Duration): void {
  const ms = cacheTimeout?.toMilliseconds() ?? 0;
  if (ms < deadline.toMilliseconds()) return;
  throw new Error(`cacheTimeout must be shorter than ${name}, ${deadline.toMilliseconds()} ms; got ${ms} ms`);
}
