import {
  type CaughtFailure,
  ERROR_STATUS,
  type ErrorBody,
  type ErrorCode,
  GRAPH_ERROR,
  type GraphFailure,
  RETRYABLE_CODES,
  type StepAnswer,
} from '../shared/contract';
import { ServingError } from '../shared/errors';

/** The execution failed at a step: what the client is told, the step named. */
export function failureOf({ answer, error, stage }: GraphFailure): ServingError {
  if (error) return new ServingError(error.code, error.message, { stage, retryAfterMs: 1000 });
  const { at = stage, cause, code, message, retryAfterMs } = stepError(answer);
  return new ServingError(code, message, { stage: at, retryAfterMs, cause });
}

interface StepError extends Omit<ErrorBody, 'stage'> {
  /** The step within the step. */
  readonly at?: string;
  readonly cause?: unknown;
}

/** Why a step has no answer. The client's fault stays the client's, whichever step found it. */
export function stepError(answer: StepAnswer | undefined): StepError {
  if (!answer) return broken('The step gave nothing.');
  if ('error' in answer) {
    const { stage: _, ...error } = answer.error;
    // Of a step that is a graph itself.
    return { ...error, code: knownCode(error.code) };
  }
  if ('caught' in answer) return caughtError(answer.caught);
  return broken('The step gave no answer.');
}

/** What a state machine says of a function that threw, ended, or was not there in time. */
function caughtError({ cause, error }: CaughtFailure['caught']): StepError {
  if (error === GRAPH_ERROR) return nestedError(cause);
  if (error === 'States.Timeout' || /timed? ?out/i.test(cause)) {
    return { code: 'DEADLINE_EXCEEDED', message: 'The step did not answer in time.', cause: `${error}: ${cause}` };
  }
  const code = RETRYABLE_CODES.find((known) => known === error) ?? 'UNAVAILABLE';
  return { code, message: 'The step is not ready.', retryAfterMs: 1000, cause: `${error}: ${cause}` };
}

/** A step of several steps failed because one of them did. */
function nestedError(cause: string): StepError {
  try {
    const { answer, error, stage } = JSON.parse(cause) as GraphFailure;
    return { ...(error ?? stepError(answer)), at: stage };
  } catch {
    return broken(cause);
  }
}

function broken(cause: string): StepError {
  return { code: 'BAD_GATEWAY', message: 'The step failed.', cause };
}

/** A step of a later release may know codes that this function does not. */
function knownCode(code: string): ErrorCode {
  return Object.hasOwn(ERROR_STATUS, code) ? (code as ErrorCode) : 'BAD_GATEWAY';
}
