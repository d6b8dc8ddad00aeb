import { attempt } from '../shared/cache/attempt';
import type { PredictionCache } from './service';
import type { Begun } from './store-answer';
import type { Tally } from './tally';

/** The entry of a key, and what a new one is stored under; undefined where the cache does not say. */
export async function lookUp(
  key: string,
  { env, store }: PredictionCache,
  tally: Tally,
  slots = 0,
): Promise<Begun | undefined> {
  const askedAt = store.clock();
  const started = performance.now();
  const found = await attempt('lookup', env.cache.timeoutMs, () => store.lookup([key], slots), tally.log);
  tally.lookedUp(performance.now() - started);
  if (!found) return undefined;
  const { entries, freeSlots, generation } = found.value;
  return { askedAt, generation, freeSlots, entry: entries.get(key) };
}
