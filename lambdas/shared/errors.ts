import { ERROR_STATUS, type ErrorBody, type ErrorCode } from './contract';

interface ErrorDetails {
  /** The field of the request that is wrong, as a path: `inputs[0].shape`. */
  readonly field?: string;
  /** The step of a composed predictor that failed. */
  readonly stage?: string;
  readonly retryAfterMs?: number;
  /** What really happened; for the log, never for the client. */
  readonly cause?: unknown;
}

/** An answer that is not a prediction. Its message is for the client. */
export class ServingError extends Error {
  readonly code: ErrorCode;
  readonly field?: string;
  readonly stage?: string;
  readonly retryAfterMs?: number;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    // AWS Lambda reports a thrown error by its name, and a workflow retries by that name.
    this.name = code;
    this.code = code;
    this.field = details.field;
    this.stage = details.stage;
    this.retryAfterMs = details.retryAfterMs;
  }

  get status(): number {
    return ERROR_STATUS[this.code];
  }

  toBody(): ErrorBody {
    const { code, field, message, retryAfterMs, stage } = this;
    return { code, message, field, stage, retryAfterMs };
  }
}

export function unsupportedMediaType(mediaType: string, known: readonly string[]): ServingError {
  const message = `content-type ${quote(mediaType)} is not supported; send content-type: ${known.join(' or ')}`;
  return new ServingError('UNSUPPORTED_MEDIA_TYPE', message);
}

/** What was thrown as an answer. An error nobody foresaw is an INTERNAL one, and its text stays in the log. */
export function asServingError(thrown: unknown): ServingError {
  if (thrown instanceof ServingError) return thrown;
  return new ServingError('INTERNAL', 'The service failed to answer this request.', { cause: thrown });
}

/** The chain of causes in one line, for the log. */
export function reasonOf(thrown: unknown): string {
  const reasons: string[] = [];
  for (let error = thrown; error !== undefined && reasons.length < 5; ) {
    reasons.push(error instanceof Error ? error.message : String(error));
    error = error instanceof Error ? error.cause : undefined;
  }
  return reasons.join(': ');
}

/** A value of the request as a message may quote it: short, and on one line. */
export function quote(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
