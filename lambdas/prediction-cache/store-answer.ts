import type { Question } from '../composed/service';
import { attempt } from '../shared/cache/attempt';
import type { Entry } from '../shared/cache/cache-store';
import type { PredictorSuccess } from '../shared/contract';
import { encodeAnswer, isStorable, madeAt, marked } from './cached-answer';
import { keyOf, type PredictionCache } from './service';
import type { Tally } from './tally';

/** What was known when the work began. */
export interface Begun {
  readonly askedAt: number;
  readonly generation: string;
  /** What nobody has of the right to ask for this key, where that is limited. */
  readonly freeSlots: readonly number[];
  readonly entry?: Entry;
}

/** Kept of the deadline for the answer itself. */
const RESERVE_MS = 50;

/**
 * The predictor's answer, which is in the cache before it is given: nothing runs afterwards. Without `begun` the cache
 * is not there, and the answer is given all the same.
 *
 * @param asked the inference, where it has begun already
 */
export async function askAndStore(
  question: Question,
  begun: Begun | undefined,
  cache: PredictionCache,
  tally: Tally,
  asked: Promise<PredictorSuccess> = cache.ask(question),
): Promise<PredictorSuccess> {
  const success = await asked;
  if (!begun) return marked(success, tally.outcome('BYPASS'));
  await storeAnswer(success, question, begun, cache, tally);
  return marked(success, tally.outcome('MISS'));
}

/** Under the revision that did answer, which during a release may be another one than was looked for. */
async function storeAnswer(
  success: PredictorSuccess,
  question: Question,
  { askedAt, generation }: Begun,
  cache: PredictionCache,
  tally: Tally,
): Promise<void> {
  if (!isStorable(success)) return;
  const { env, manifest, store } = cache;
  const left = question.deadlineMs - RESERVE_MS - Date.now();
  const revision = env.prediction.reportsRevision ? success.model.revision : manifest.revision;
  const stored = await attempt(
    'store',
    Math.min(2 * env.cache.timeoutMs, left),
    async () => {
      const key = keyOf(question, revision, cache);
      const storedAt = madeAt(success, store.clock());
      return store.put({ key, body: encodeAnswer(success, cache), generation, askedAt, storedAt });
    },
    tally.log,
  );
  tally.stored(stored?.value ?? 'failed');
}
