import type { Question } from '../composed/service';
import { type AttemptLog, attempt } from '../shared/cache/attempt';
import type { Lease } from '../shared/cache/cache-store';
import { CACHE_TABLE, CONTRACT_VERSION, type InferRequest, REVALIDATE } from '../shared/contract';
import { inferRequestOf } from '../shared/predictor/exchange';
import { leaseMs, mayAskMs } from './lease-times';
import type { PredictionCache } from './service';

/** What this function sends to itself: a question to which the answer is getting old. */
export interface Revalidation {
  readonly v: typeof CONTRACT_VERSION;
  readonly kind: typeof REVALIDATE;
  readonly requestId: string;
  readonly traceparent: string;
  readonly principal?: string;
  readonly pair?: string;
  readonly key: string;
  readonly lease: Lease;
  /** Epoch milliseconds after which the predictor is asked no more: the lease ends. */
  readonly askUntil: number;
  readonly request: InferRequest;
}

/** One refreshes a key, however many ask for it meanwhile. */
const SLOT = 'refresh';
/** Until a function runs that is invoked and not waited for, cold start included. */
const START_MS = 15_000;
/** Lambda takes 1 MB then, the frame of the message included. */
const MOST_BYTES = 1_000_000;

/** Whether the entry of a key is being refreshed: by the run that this begins, or by another one. */
export async function hasRevalidated(
  question: Question,
  key: string,
  { env, sendRevalidation, store }: PredictionCache,
  log: AttemptLog,
): Promise<boolean> {
  const { inference, pair, principal, requestId, traceparent } = question;
  const lease: Lease = { lease: CACHE_TABLE.lease(key, SLOT), holder: crypto.randomUUID() };
  const askUntil = Date.now() + START_MS + mayAskMs(env);
  const frame = {
    v: CONTRACT_VERSION,
    kind: REVALIDATE,
    requestId,
    traceparent,
    principal,
    pair,
    key,
    lease,
    askUntil,
  } as const;
  const message: Revalidation = { ...frame, request: inferRequestOf(inference) };
  if (Buffer.byteLength(JSON.stringify(message)) > MOST_BYTES) return false;
  const step = (what: string, work: () => Promise<unknown>) =>
    attempt(what, Math.min(env.cache.timeoutMs, question.deadlineMs - Date.now()), work, log);
  const taken = await step('lease', () => store.lease(key, [SLOT], lease.holder, START_MS + leaseMs(env)));
  if (taken && !taken.value) return true;
  if (taken && (await step('revalidate', () => sendRevalidation(message)))) return true;
  // Also where it is not known whether it was taken.
  await step('release', () => store.release(lease));
  return false;
}

export function isRevalidation(event: unknown): event is Revalidation {
  return typeof event === 'object' && event !== null && 'kind' in event && event.kind === REVALIDATE;
}
