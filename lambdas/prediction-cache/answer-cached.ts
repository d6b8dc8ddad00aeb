import type { AnswerQuestion, Question } from '../composed/service';
import { attempt } from '../shared/cache/attempt';
import { directiveOf } from '../shared/cache/directive';
import type { PredictorSuccess } from '../shared/contract';
import { answeredWith } from './answered-with';
import { marked } from './cached-answer';
import { lookUp } from './look-up';
import { oneFlight } from './one-flight';
import { keyOf, type PredictionCache } from './service';
import { askAndStore } from './store-answer';
import { Tally } from './tally';

/**
 * Answers with what the predictor said before, where it is the same question. Whatever goes wrong with the cache, the
 * answer is the predictor's. All that is done for a request is done before its answer: afterwards the environment is
 * frozen.
 */
export function answerCached(cache: PredictionCache): AnswerQuestion {
  return async (question) => {
    const tally = new Tally(question, cache);
    try {
      return await answer(question, cache, tally);
    } finally {
      tally.record();
    }
  };
}

async function answer(question: Question, cache: PredictionCache, tally: Tally): Promise<PredictorSuccess> {
  const { env, store } = cache;
  const directive = env.prediction.allowBypass ? directiveOf(question.cacheControl) : undefined;
  if (directive === 'no-store') return withoutCache(question, cache, tally);
  // Without a name nobody has answers of its own.
  if (env.prediction.perPrincipal && !question.principal) return withoutCache(question, cache, tally);
  const limit = Math.min(env.cache.timeoutMs, question.deadlineMs - Date.now());
  const revision = await attempt('revision', limit, async () => cache.currentRevision(), tally.log);
  if (!revision) return withoutCache(question, cache, tally);
  const key = tally.key(keyOf(question, revision.value, cache));
  if (directive === 'no-cache') return refreshed(question, key, cache, tally);
  const remembered = store.recall(key);
  const answered = remembered && (await answeredWith(remembered, key, question, cache, tally));
  if (answered) return answered;
  if (env.prediction.maxInflight !== undefined) return oneFlight(question, key, cache, tally);
  return env.prediction.strategy === 'concurrent'
    ? bothAtOnce(question, key, cache, tally)
    : lookupFirst(question, key, cache, tally);
}

/** Lookup and inference begin together. Who finds an entry does not wait for the inference, which goes on and is billed. */
async function bothAtOnce(question: Question, key: string, cache: PredictionCache, tally: Tally) {
  const unneeded = new AbortController();
  const askedAt = cache.store.clock();
  const asked = cache.ask(question, unneeded.signal);
  asked.catch(() => undefined);
  const begun = await lookUp(key, question, cache, tally);
  const answered = begun?.entry && (await answeredWith(begun.entry, key, question, cache, tally));
  if (answered) {
    unneeded.abort();
    tally.wasted();
    return answered;
  }
  return askAndStore(question, begun && { ...begun, askedAt }, cache, tally, asked);
}

/** The predictor is asked only once it is known that there is no entry. */
async function lookupFirst(question: Question, key: string, cache: PredictionCache, tally: Tally) {
  const begun = await lookUp(key, question, cache, tally);
  const answered = begun?.entry && (await answeredWith(begun.entry, key, question, cache, tally));
  return answered ?? askAndStore(question, begun, cache, tally);
}

/** What the client asks for: an answer of now, which is then there for others. */
async function refreshed(question: Question, key: string, cache: PredictionCache, tally: Tally) {
  const begun = await lookUp(key, question, cache, tally);
  return marked(await askAndStore(question, begun, cache, tally), tally.outcome('BYPASS'));
}

async function withoutCache(question: Question, cache: PredictionCache, tally: Tally) {
  return marked(await cache.ask(question), tally.outcome('BYPASS'));
}
