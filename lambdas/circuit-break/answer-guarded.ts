import type { AnswerQuestion, Question } from '../composed/service';
import type { Breaker, Ended, Permit } from '../shared/breaker/breaker';
import type { ConcurrencyLimit, Release } from '../shared/breaker/concurrency-limit';
import type { BreakerSettings, FallbackReason, PredictorSuccess } from '../shared/contract';
import { asServingError, type ServingError } from '../shared/errors';
import { failedCall } from './call-end';
import type { FallBack, Refusal } from './fall-back';
import type { Tally } from './tally';

export interface GuardedParts {
  /** Asks the predictor. */
  readonly ask: (question: Question) => Promise<PredictorSuccess>;
  readonly breaker: Pick<Breaker, 'permit' | 'ended'>;
  readonly limit?: Pick<ConcurrencyLimit, 'take'>;
  readonly fallBack: FallBack;
  readonly settings: Pick<BreakerSettings, 'slowCallMs' | 'callMs'>;
  /** Kept of the deadline for the fallback. */
  readonly reserveMs: number;
  /** Keeps an answer for the time when there is none. */
  readonly keep?: (question: Question, success: PredictorSuccess) => Promise<void>;
  readonly tally: Pick<Tally, 'refused' | 'slow'>;
}

/** How a call of the predictor went. */
type Call =
  | { readonly success: PredictorSuccess; readonly error?: undefined }
  | {
      readonly success?: undefined;
      readonly error: ServingError;
      readonly reason?: FallbackReason;
      readonly end: Ended;
    };

/** Told to those for whom there was no place, and to those whose call failed. */
const RETRY_MS = 1000;

/** Asks the predictor where breaker and limit let the call through; otherwise, and where it fails, the fallback answers. */
export function answerGuarded(parts: GuardedParts): AnswerQuestion {
  const { breaker, keep, limit } = parts;
  return async (question) => {
    const permit = await breaker.permit();
    if (permit.kind === 'refused') {
      return refuse(parts, question, { reason: 'open', retryAfterMs: permit.retryAfterMs });
    }
    const place = limit ? await placeIn(limit) : noPlaceNeeded;
    if (!place) {
      await breaker.ended(permit, 'unknown');
      return refuse(parts, question, { reason: 'concurrency', retryAfterMs: RETRY_MS });
    }
    const call = await callGuarded(parts, question, permit, place);
    if (call.success) {
      // An answer that cannot be kept is an answer all the same.
      await keep?.(question, call.success).catch(() => undefined);
      return call.success;
    }
    const { end, error, reason } = call;
    if (reason === undefined) throw error;
    return refuse(parts, question, { reason, retryAfterMs: error.retryAfterMs ?? RETRY_MS, error }, end);
  };
}

/** The predictor is asked. Breaker and limit are told before the answer is given: the environment may freeze after it. */
async function callGuarded(parts: GuardedParts, question: Question, permit: Permit, place: Release): Promise<Call> {
  const { ask, breaker, reserveMs, settings, tally } = parts;
  const started = Date.now();
  const deadlineMs = Math.min(question.deadlineMs - reserveMs, started + settings.callMs);
  const settle = (end: Ended) => Promise.all([breaker.ended(permit, end), place()]);
  try {
    const success = await ask({ ...question, deadlineMs });
    const slow = Date.now() - started >= settings.slowCallMs;
    if (slow) tally.slow(question);
    await settle({ failed: false, slow });
    return { success };
  } catch (thrown) {
    const error = asServingError(thrown);
    const { end, reason } = failedCall(error, deadlineMs - started, settings.slowCallMs);
    await settle(end);
    return { error, end, reason };
  }
}

async function refuse(
  { fallBack, tally }: GuardedParts,
  question: Question,
  refusal: Refusal,
  end: Ended = 'unknown',
): Promise<PredictorSuccess> {
  let answered = false;
  try {
    const answer = await fallBack(question, refusal);
    answered = true;
    return answer;
  } finally {
    tally.refused(question, refusal, end, answered);
  }
}

const noPlaceNeeded: Release = async () => undefined;

/** A limit that cannot be counted keeps nobody out. */
function placeIn(limit: Pick<ConcurrencyLimit, 'take'>): Promise<Release | undefined> {
  return limit.take().catch(() => noPlaceNeeded);
}
