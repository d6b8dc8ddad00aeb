import type { Question } from '../composed/service';
import { attempt, tellFailure } from '../shared/cache/attempt';
import type { PredictionCache } from './service';
import type { Begun } from './store-answer';
import type { Tally } from './tally';

/** The entry of a key, and what else is known when the work begins; undefined where the cache does not say. */
export async function lookUp(
  key: string,
  { deadlineMs }: Pick<Question, 'deadlineMs'>,
  { env, store }: PredictionCache,
  tally: Tally,
  slots = 0,
): Promise<Begun | undefined> {
  const askedAt = store.clock();
  const started = performance.now();
  const limit = Math.min(env.cache.timeoutMs, deadlineMs - Date.now());
  const found = await attempt('lookup', limit, () => store.lookup([key], limit, slots), tally.log);
  tally.lookedUp(performance.now() - started);
  if (!found) return undefined;
  const { entries, failures, freeSlots, isUnshared } = found.value;
  for (const failure of failures) tellFailure('body', failure, tally.log);
  return { askedAt, freeSlots, isUnshared, entry: entries.get(key) };
}
