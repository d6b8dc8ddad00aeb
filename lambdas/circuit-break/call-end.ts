import type { Ended } from '../shared/breaker/breaker';
import type { ErrorCode, FallbackReason } from '../shared/contract';
import type { ServingError } from '../shared/errors';
import { isThrottled } from '../shared/predictor/call';

/** What a call that was not answered says of the predictor, and of what the caller gets instead. */
export interface FailedCall {
  readonly end: Ended;
  /** Why there is a fallback; without, the caller gets the error: it is the caller's own. */
  readonly reason?: FallbackReason;
}

const UNANSWERABLE: readonly ErrorCode[] = ['NOT_IMPLEMENTED', 'PAIR_MISMATCH'];

/**
 * Whose fault it is. Only what the predictor, or the way to it, is to blame for counts: no request that it refuses, no
 * place that it has not got, and no caller who would not wait as long as a call may take. Tensors of another pair than the
 * model's have no answer at all, so no fallback has one either.
 *
 * @param givenMs how long the call was waited for
 */
export function failedCall(error: ServingError, givenMs: number, slowCallMs: number): FailedCall {
  if (error.status < 500 || UNANSWERABLE.includes(error.code)) return { end: 'unknown' };
  if (isThrottled(error)) return { end: 'unknown', reason: 'concurrency' };
  if (error.code !== 'DEADLINE_EXCEEDED') return { end: { failed: true, slow: false }, reason: 'failed' };
  const patient = givenMs >= slowCallMs;
  return { end: patient ? { failed: true, slow: true } : 'unknown', reason: 'slow' };
}
