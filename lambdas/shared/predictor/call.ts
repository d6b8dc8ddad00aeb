import { type ErrorCode, type PredictorAnswer, type PredictorRequest, RETRYABLE_CODES } from '../contract';
import { ServingError } from '../errors';

/**
 * Asks a predictor; answers what it answers, and throws a `ServingError` where it gives none. Once the signal says so
 * nobody waits for the answer any more; the predictor itself goes on, and is billed.
 */
export type CallPredictor = (request: PredictorRequest, signal?: AbortSignal) => Promise<PredictorAnswer>;

/** Time that an answer needs to come back; a callee has that much less. */
const HOP_MS = 50;

/** A predictor that is a Lambda function. The client is loaded with the first call. */
export function lambdaCaller(address: string, clientOptions: Readonly<Record<string, unknown>>): CallPredictor {
  const connect = async () => {
    const { InvokeCommand, LambdaClient } = await import('./lambda-client');
    // A try more is a decision of the caller, who knows its budget.
    const client = new LambdaClient({ maxAttempts: 1, requestHandler: { connectionTimeout: 1000 }, ...clientOptions });
    return { client, InvokeCommand };
  };
  let connection: ReturnType<typeof connect> | undefined;
  return async (request, signal) => {
    const left = request.deadlineMs - Date.now();
    if (left <= HOP_MS) throw late();
    connection ??= connect();
    const { client, InvokeCommand } = await connection;
    const Payload = JSON.stringify({ ...request, deadlineMs: request.deadlineMs - HOP_MS });
    const timeout = AbortSignal.timeout(left);
    const abortSignal = signal ? AbortSignal.any([timeout, signal]) : timeout;
    const result = await client
      .send(new InvokeCommand({ FunctionName: address, Payload }), { abortSignal })
      .catch((cause: Error) => {
        throw abortSignal.aborted ? late() : refused(cause);
      });
    const text = Buffer.from(result.Payload ?? []).toString('utf8');
    if (result.FunctionError) throw failed(text);
    return JSON.parse(text);
  };
}

function late(): ServingError {
  return new ServingError('DEADLINE_EXCEEDED', 'The predictor did not answer in time.');
}

/** Too large for AWS Lambda; or at its limit of concurrency, or not there. */
function refused(cause: Error & { $metadata?: { httpStatusCode?: number } }): ServingError {
  if (cause.$metadata?.httpStatusCode === 413) {
    return new ServingError('PAYLOAD_TOO_LARGE', 'The tensors are too large for a call of the predictor.', { cause });
  }
  return new ServingError('UNAVAILABLE', 'The predictor could not be reached.', { retryAfterMs: 1000, cause });
}

/** Whether Lambda refused the call at once, because as many run as may. */
export function isThrottled({ cause }: ServingError): boolean {
  return cause instanceof Error && cause.name === 'TooManyRequestsException';
}

/** What AWS Lambda says of a function that threw, or ended. */
function failed(text: string): ServingError {
  const { errorMessage, errorType } = JSON.parse(text || '{}') as { errorMessage?: string; errorType?: string };
  const cause = new Error(`${errorType ?? 'error'}: ${errorMessage ?? 'no message'}`);
  const code = RETRYABLE_CODES.find((known) => known === errorType) as ErrorCode | undefined;
  if (code) return new ServingError(code, 'The predictor is not ready.', { retryAfterMs: 1000, cause });
  if (/timed? ?out/i.test(cause.message))
    return new ServingError('DEADLINE_EXCEEDED', 'The predictor timed out.', { cause });
  return new ServingError('BAD_GATEWAY', 'The predictor failed.', { cause });
}
