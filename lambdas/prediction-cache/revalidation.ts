import type { Question } from '../composed/service';
import { type AttemptLog, attempt } from '../shared/cache/attempt';
import type { Lease } from '../shared/cache/cache-store';
import { CONTRACT_VERSION, type InferRequest, REVALIDATE } from '../shared/contract';
import { inferRequestOf } from '../shared/predictor/exchange';
import type { PredictionCache } from './service';

/** What this function sends to itself: a question to which the answer is getting old. */
export interface Revalidation {
  readonly v: typeof CONTRACT_VERSION;
  readonly kind: typeof REVALIDATE;
  readonly requestId: string;
  readonly traceparent: string;
  readonly principal?: string;
  readonly key: string;
  readonly lease: Lease;
  readonly request: InferRequest;
}

/** One refreshes a key, however many ask for it meanwhile. */
const SLOT = 'refresh';

/** Whether the entry of a key is being refreshed: by the run that this begins, or by another one. */
export async function hasRevalidated(
  question: Question,
  key: string,
  { env, sendRevalidation, store }: PredictionCache,
  log: AttemptLog,
): Promise<boolean> {
  const { timeoutMs } = env.cache;
  const taken = await attempt('lease', timeoutMs, () => store.lease(key, [SLOT], env.prediction.leaseMs), log);
  if (!taken?.value) return taken !== undefined;
  const { inference, principal, requestId, traceparent } = question;
  const lease = taken.value;
  const request = inferRequestOf(inference);
  const frame = { v: CONTRACT_VERSION, kind: REVALIDATE, requestId, traceparent, principal, key, lease } as const;
  if (await attempt('revalidate', timeoutMs, () => sendRevalidation({ ...frame, request }), log)) return true;
  await attempt('release', timeoutMs, () => store.release(lease), log);
  return false;
}

export function isRevalidation(event: unknown): event is Revalidation {
  return typeof event === 'object' && event !== null && 'kind' in event && event.kind === REVALIDATE;
}
