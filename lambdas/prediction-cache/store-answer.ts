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

/** Under the revision that did answer, which during a release may be another one than was looked for. */
async function storeAnswer(
  success: PredictorSuccess,
  question: Question,
  { askedAt }: Begun,
  cache: PredictionCache,
  tally: Tally,
): Promise<boolean> {
  const revision = isStorable(success) ? revisionOf(success, cache) : undefined;
  if (revision === undefined) return false;
  const { env, store } = cache;
  const key = keyOf(question, revision, cache);
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

/** The revision that an answer is kept under; none where it is of a release that may yet be taken back. */
function revisionOf({ model }: PredictorSuccess, { env, manifest }: PredictionCache): string | undefined {
  const { answerRevision, reportsRevision } = env.prediction;
  if (reportsRevision) return model.revision;
  return answerRevision === undefined || answerRevision === model.revision ? manifest.revision : undefined;
}
