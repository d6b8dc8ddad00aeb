import { setTimeout as sleep } from 'node:timers/promises';
import type { Question } from '../composed/service';
import { attempt } from '../shared/cache/attempt';
import type { Lease } from '../shared/cache/cache-store';
import type { PredictorSuccess } from '../shared/contract';
import { CACHE_TABLE } from '../shared/contract';
import { ServingError } from '../shared/errors';
import { answeredWith } from './answered-with';
import { leaseMs, mayAskMs } from './lease-times';
import { lookUp } from './look-up';
import type { PredictionCache } from './service';
import { askAndKeep, askAndStore, type Begun } from './store-answer';
import type { Tally } from './tally';

/** Between two looks for what somebody else is making. */
const FIRST_WAIT_MS = 25;
const LONGEST_WAIT_MS = 500;
/** Kept of the deadline for giving the lease back, also where the predictor does not answer. */
const RELEASE_MS = 100;
/** So long nobody waits for a key whose answer was not kept. */
const UNSHARED_MS = 5000;

/**
 * Of all who ask the same at once, `maxInflight` ask the predictor, and the others wait for what those store. Who dies
 * meanwhile has a lease that ends, and then somebody else asks. Where an answer is not kept nobody waits for the next.
 */
export async function oneFlight(
  question: Question,
  key: string,
  cache: PredictionCache,
  tally: Tally,
): Promise<PredictorSuccess> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LONGEST_WAIT_MS, wait * 1.5)) {
    const begun = await lookUp(key, question, cache, tally, cache.env.prediction.maxInflight);
    const answered = begun?.entry && (await answeredWith(begun.entry, key, question, cache, tally));
    if (answered) return answered;
    // Without a cache nobody can wait for anybody.
    if (!begun || begun.isUnshared) return askAndStore(question, begun, cache, tally);
    const holder = crypto.randomUUID();
    // Of when the lease is taken at the earliest: it ends no sooner than the work that it is for.
    const askUntil = Date.now() + mayAskMs(cache.env);
    const taken = await takeLease(begun, key, holder, question, cache, tally);
    if (!taken) return withoutLease(question, key, holder, begun, cache, tally);
    if (taken.value) return asLeader(question, key, taken.value, askUntil, begun, cache, tally);
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
  askUntil: number,
  begun: Begun,
  cache: PredictionCache,
  tally: Tally,
): Promise<PredictorSuccess> {
  try {
    // Who had the lease before may have stored an answer after this request looked for one.
    const again = await lookUp(key, question, cache, tally);
    const answered = again?.entry && (await answeredWith(again.entry, key, question, cache, tally));
    if (answered) return answered;
    // While it asks nobody else does, so it asks no longer than it has the lease.
    const asked = cache.ask({ ...question, deadlineMs: Math.min(question.deadlineMs - RELEASE_MS, askUntil) });
    const { answer, isKept } = await askAndKeep(question, again ?? begun, cache, tally, asked);
    if (!isKept) await inTimeOf('unshared', question, cache, tally, () => cache.store.unshare(key, UNSHARED_MS));
    return answer;
  } finally {
    await release(lease, question, cache, tally);
  }
}

/**
 * Nobody knows whether the lease was taken, or will be: a write that is late may still come. So it asks as one who has it,
 * and gives it back in the end.
 */
async function withoutLease(
  question: Question,
  key: string,
  holder: string,
  begun: Begun,
  cache: PredictionCache,
  tally: Tally,
): Promise<PredictorSuccess> {
  try {
    return await askAndStore(question, begun, cache, tally);
  } finally {
    const leases = begun.freeSlots.map((slot) => ({ lease: CACHE_TABLE.lease(key, slot), holder }));
    await Promise.all(leases.map((lease) => release(lease, question, cache, tally)));
  }
}

function takeLease(
  { freeSlots }: Begun,
  key: string,
  holder: string,
  { deadlineMs }: Question,
  { env, store }: PredictionCache,
  tally: Tally,
) {
  const limit = Math.min(env.cache.timeoutMs * Math.max(1, freeSlots.length), deadlineMs - Date.now());
  return attempt('lease', limit, () => store.lease(key, freeSlots, holder, leaseMs(env)), tally.log);
}

function release(lease: Lease, question: Question, cache: PredictionCache, tally: Tally) {
  return inTimeOf('release', question, cache, tally, () => cache.store.release(lease));
}

function inTimeOf(
  what: string,
  { deadlineMs }: Question,
  { env }: PredictionCache,
  tally: Tally,
  work: () => Promise<unknown>,
) {
  return attempt(what, Math.min(env.cache.timeoutMs, deadlineMs - Date.now()), work, tally.log);
}
