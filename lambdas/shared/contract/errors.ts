/** Every `code` of an error body and the HTTP status it comes with. Codes are stable; messages are not. */
export const ERROR_STATUS = {
  MALFORMED_JSON: 400,
  INVALID_REQUEST: 400,
  UNKNOWN_TENSOR: 400,
  MISSING_TENSOR: 400,
  INVALID_SHAPE: 400,
  INVALID_DATATYPE: 400,
  INVALID_VALUE: 400,
  INVALID_IMAGE: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  MODEL_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  /** Not possible in the state the job is in. */
  CONFLICT: 409,
  /** The job was there, and is past its retention. */
  GONE: 410,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  /** The idempotency key was used for another request. */
  IDEMPOTENCY_MISMATCH: 422,
  THROTTLED: 429,
  QUOTA_EXCEEDED: 429,
  INTERNAL: 500,
  /** Every try of a job failed; its message is in the dead-letter queue. */
  ATTEMPTS_EXHAUSTED: 500,
  NOT_IMPLEMENTED: 501,
  BAD_GATEWAY: 502,
  MODEL_NOT_READY: 503,
  /** Preprocessing and model are not of one pair: the model would answer, and wrongly. */
  PAIR_MISMATCH: 503,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
} as const;
export type ErrorCode = keyof typeof ERROR_STATUS;

/**
 * Codes that a predictor throws instead of returning when it is invoked directly: another try may succeed. The code is
 * the error's name, which is what a workflow's retry matches.
 */
export const RETRYABLE_CODES: readonly ErrorCode[] = ['MODEL_NOT_READY', 'UNAVAILABLE'];

/** The body of every HTTP error, whoever makes it (handler or gateway). */
export interface HttpErrorBody {
  readonly error: string;
  readonly code: ErrorCode;
  readonly field?: string;
  readonly stage?: string;
  readonly requestId: string;
}
