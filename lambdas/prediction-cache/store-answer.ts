import type { Question } from '../composed/service';
import { attempt } from '../shared/cache/attempt';
import type { Entry } from '../shared/cache/cache-store';
import type { PredictorSuccess } from '../shared/contract';
import { answeredRevision } from '../shared/predictor/answered-revision';
import { isLasting } from '../shared/predictor/lasting';
import { encodeAnswer, madeAt, marked } from './cached-answer';
import { keyOf, type PredictionCache } from './service';
import type { Tally } from './tally';

/** What was known when the work began. */
export interface Begun {
  readonly askedAt: number;
  /** What nobody has of the right to ask for this key, where that is limited. */
  readonly freeSlots: readonly number[];
  /** Answers under this key are not kept at present: there is nothing to wait for. */
  readonly isUnshared: boolean;
  readonly entry?: Entry;
}

/** An answer, and whether others find it under the key that was looked for. */
export interface Kept {
  readonly answer: PredictorSuccess;
  readonly isKept: boolean;
}

/** Kept of the deadline for the answer itself. */
const RESERVE_MS = 50;

/**
 * The predictor's answer, which is in the cache before it is given: nothing runs afterwards. Without `begun` the cache
 * is not there, and the answer is given all the same.
 *
 * @param asked the inference, where it has begun already
 */
export async function askAndKeep(
  question: Question,
  begun: Begun | undefined,
  cache: PredictionCache,
  tally: Tally,
  asked: Promise<PredictorSuccess> = cache.ask(question),
): Promise<Kept> {
  const success = await asked;
  if (!begun) return { answer: marked(success, tally.outcome('BYPASS')), isKept: false };
  const isKept = await storeAnswer(success, question, begun, cache, tally);
  return { answer: marked(success, tally.outcome('MISS')), isKept };
}

export async function askAndStore(...all: Parameters<typeof askAndKeep>): Promise<PredictorSuccess> {
  return (await askAndKeep(...all)).answer;
}

/**
 * Under the revision that did answer, all that is behind the predictor included: during a release, and after one that was
 * taken back, it may be another one than was looked for.
 */
async function storeAnswer(
  success: PredictorSuccess,
  question: Question,
  { askedAt }: Begun,
  cache: PredictionCache,
  tally: Tally,
): Promise<boolean> {
  if (!isLasting(success)) return false;
  const { env, store } = cache;
  const key = keyOf(question, answeredRevision(success), cache);
  const left = question.deadlineMs - RESERVE_MS - Date.now();
  const stored = await attempt(
    'store',
    Math.min(2 * env.cache.timeoutMs, left),
    async () => {
      const storedAt = madeAt(success, store.clock());
      return store.put({ key, body: encodeAnswer(success, cache), askedAt, storedAt });
    },
    tally.log,
  );
  tally.stored(stored?.value ?? 'failed');
  const isThere = stored?.value === 'stored' || stored?.value === 'superseded';
  return isThere && tally.isOf(key);
}
