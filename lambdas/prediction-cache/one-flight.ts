import { setTimeout as sleep } from 'node:timers/promises';
import type { Question } from '../composed/service';
import { attempt } from '../shared/cache/attempt';
import type { Lease } from '../shared/cache/cache-store';
import type { PredictorSuccess } from '../shared/contract';
import { ServingError } from '../shared/errors';
import { answeredWith } from './answered-with';
import { lookUp } from './look-up';
import type { PredictionCache } from './service';
import { askAndStore } from './store-answer';
import type { Tally } from './tally';

/** Between two looks for what somebody else is making. */
const FIRST_WAIT_MS = 25;
const LONGEST_WAIT_MS = 500;

/**
 * Of all who ask the same at once, `maxInflight` ask the predictor, and the others wait for what those store. Who dies
 * meanwhile has a lease that ends, and then somebody else asks.
 */
export async function oneFlight(
  question: Question,
  key: string,
  cache: PredictionCache,
  tally: Tally,
): Promise<PredictorSuccess> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LONGEST_WAIT_MS, wait * 1.5)) {
    const begun = await lookUp(key, cache, tally, cache.env.prediction.maxInflight);
    const answered = begun?.entry && (await answeredWith(begun.entry, key, question, cache, tally));
    if (answered) return answered;
    const taken = begun && (await takeLease(begun.freeSlots, key, cache, tally));
    // Without a cache nobody can wait for anybody.
    if (!taken) return askAndStore(question, undefined, cache, tally);
    if (taken.value) return asLeader(question, key, taken.value, cache, tally);
    if (Date.now() + wait >= question.deadlineMs) {
      const message = 'The deadline passed while another request was being answered with the same inputs.';
      throw new ServingError('DEADLINE_EXCEEDED', message);
    }
    // Those who began together do not all come back together.
    await sleep(wait * (0.75 + Math.random() / 2));
  }
}

async function asLeader(
  question: Question,
  key: string,
  lease: Lease,
  cache: PredictionCache,
  tally: Tally,
): Promise<PredictorSuccess> {
  try {
    // Who had the lease before may have stored an answer after this request looked for one.
    const begun = await lookUp(key, cache, tally);
    const answered = begun?.entry && (await answeredWith(begun.entry, key, question, cache, tally));
    return answered ?? (await askAndStore(question, begun, cache, tally));
  } finally {
    await attempt('release', cache.env.cache.timeoutMs, () => cache.store.release(lease), tally.log);
  }
}

function takeLease(slots: readonly number[], key: string, { env, store }: PredictionCache, tally: Tally) {
  const limit = env.cache.timeoutMs * Math.max(1, slots.length);
  return attempt('lease', limit, () => store.lease(key, slots, env.prediction.leaseMs), tally.log);
}
