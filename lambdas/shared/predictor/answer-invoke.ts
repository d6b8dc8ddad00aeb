import {
  CONTRACT_VERSION,
  EVENT_METRICS,
  type PredictorAnswer,
  type PredictorRequest,
  type PredictorSuccess,
  RETRYABLE_CODES,
} from '../contract';
import { asServingError, quote, ServingError } from '../errors';
import { readBody } from '../graph/assemble';
import { reply } from '../graph/reply';
import type { AnsweringService } from '../http/answer';
import type { ObjectStore } from '../payloads/object-store';
import { asObject } from '../protocol/json-text';
import type { Payload } from '../telemetry/payload-log';
import { childTraceparent } from '../telemetry/traceparent';

/** A request from another function or a workflow, its frame checked. */
export interface Invoked {
  readonly requestId: string;
  readonly traceparent: string;
  readonly deadlineMs: number;
  readonly expects: { readonly name?: string; readonly version?: string; readonly pair?: string };
  readonly principal?: string;
  readonly cacheControl?: string;
  /** The body of the protocol, which nobody has looked at yet. */
  readonly body: unknown;
}

export interface InvokeOutcome {
  readonly success: PredictorSuccess;
  readonly rows?: number;
  readonly modelLatencyMs?: number;
  /** What was asked and answered, for those that log a sample of it. */
  readonly payload?: Payload;
}

/**
 * A request from another function or a workflow -> its answer, and one line in the log. What must not be tried again is
 * returned, what may be is thrown under its code.
 */
export async function answerInvoke<Service extends AnsweringService>(
  event: object,
  service: Service,
  answer: (invoked: Invoked, service: Service) => Promise<InvokeOutcome>,
): Promise<PredictorAnswer> {
  const started = performance.now();
  const request = event as Partial<PredictorRequest>;
  const requestId = typeof request.requestId === 'string' ? request.requestId : crypto.randomUUID();
  const traceparent = childTraceparent(typeof request.traceparent === 'string' ? request.traceparent : undefined);
  let outcome: InvokeOutcome | undefined;
  let error: ServingError | undefined;
  try {
    const answered = await answer(await read(request, requestId, traceparent, service.objects), service);
    const { success } = answered;
    // An answer that cannot be left where it is wanted is none.
    outcome = request.reply ? { ...answered, success: await reply(success, request.reply, service.objects) } : answered;
  } catch (thrown) {
    error = asServingError(thrown);
  }
  service.log.record({
    requestId,
    traceparent,
    operation: 'invoke',
    status: error?.status ?? 200,
    latencyMs: performance.now() - started,
    model: service.known(),
    rows: outcome?.rows,
    modelLatencyMs: outcome?.modelLatencyMs,
    error,
  });
  if (error?.code === 'PAIR_MISMATCH') {
    const { name: model = 'unknown' } = service.known();
    service.log.event('pair_mismatch', { model, requestId }, [[EVENT_METRICS.pairMismatches, 1]]);
  }
  if (outcome) {
    if (service.payloadLog && outcome.payload) {
      (await service.payloadLog).record({ requestId, model: service.known() }, outcome.payload);
    }
    return outcome.success;
  }
  const failure = error ?? asServingError(undefined);
  if (RETRYABLE_CODES.includes(failure.code)) throw failure;
  return { v: CONTRACT_VERSION, status: failure.status, model: service.identity(), error: failure.toBody() };
}

async function read(
  request: Partial<PredictorRequest>,
  requestId: string,
  traceparent: string,
  objects: ObjectStore | undefined,
): Promise<Invoked> {
  const { v, deadlineMs, model, principal, cacheControl } = request;
  if (v !== CONTRACT_VERSION) {
    throw new ServingError('INVALID_REQUEST', `this function reads version ${CONTRACT_VERSION}, got ${quote(v)}`, {
      field: 'v',
    });
  }
  if (typeof deadlineMs !== 'number' || !Number.isFinite(deadlineMs)) {
    const message = `deadlineMs must be epoch milliseconds, got ${quote(deadlineMs)}`;
    throw new ServingError('INVALID_REQUEST', message, { field: 'deadlineMs' });
  }
  if (model !== undefined) asObject(model, 'model', 'model');
  const { body, pair } = await readBody(request, objects);
  const expects = { name: model?.name, version: model?.version, pair };
  // A state machine has no other way to say that there is none.
  const asking = { principal: textOf('principal', principal), cacheControl: textOf('cacheControl', cacheControl) };
  return { requestId, traceparent, deadlineMs, expects, ...asking, body };
}

function textOf(field: string, value: unknown): string | undefined {
  if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
  throw new ServingError('INVALID_REQUEST', `${field} must be a text, got ${quote(value)}`, { field });
}
