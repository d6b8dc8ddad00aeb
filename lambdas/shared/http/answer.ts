import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { ModelIdentity } from '../contract';
import { asServingError, type ServingError } from '../errors';
import type { ObjectStore } from '../payloads/object-store';
import type { Payload, PayloadLog } from '../telemetry/payload-log';
import type { RequestLog } from '../telemetry/request-log';
import { childTraceparent } from '../telemetry/traceparent';
import { requestIdOf, traceparentOf } from './request';
import { type Content, corsHeaders, errorResponse, type Responder, response } from './response';

/** What an operation answers, before it is a response. */
export interface Outcome extends Content {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly rows?: number;
  readonly modelLatencyMs?: number;
  /** What was asked and answered, for those that log a sample of it. */
  readonly payload?: Payload;
}

/** A request, and what joins the lines that it leaves in logs. */
export interface HttpRequest {
  readonly event: APIGatewayProxyEvent;
  readonly requestId: string;
  readonly traceparent: string;
}

export type Operate<Service> = (request: HttpRequest, service: Service) => Outcome | Promise<Outcome>;

/** What a function needs that answers requests, whatever it does. */
export interface AnsweringService {
  readonly env: { readonly corsOrigin?: string };
  readonly log: RequestLog;
  /** Who answers, as far as is known. */
  readonly identity: () => ModelIdentity | undefined;
  /** The same for the log, where a name alone tells something. */
  readonly known: () => Partial<ModelIdentity>;
  /** Where bodies lie that come, or go, by reference; none where nobody sends any. */
  readonly objects?: ObjectStore;
  /** Where a sample of the payloads goes, if any do. */
  readonly payloadLog?: Promise<PayloadLog>;
}

/** An API Gateway event -> its answer, and one line in the log. */
export async function answerHttp<Operation extends string, Service extends AnsweringService>(
  event: APIGatewayProxyEvent,
  service: Service,
  operationOf: (event: APIGatewayProxyEvent) => Operation,
  operations: Readonly<Record<Operation, Operate<Service>>>,
): Promise<APIGatewayProxyResult> {
  const started = performance.now();
  const request = { event, requestId: requestIdOf(event), traceparent: childTraceparent(traceparentOf(event)) };
  const { requestId, traceparent } = request;
  let operation: Operation | 'unknown' = 'unknown';
  let outcome: Outcome | undefined;
  let error: ServingError | undefined;
  let result: APIGatewayProxyResult;
  const cors = corsHeaders(service.env.corsOrigin);
  // Who answers is known best at the end: a model loaded by pointer has no version before.
  const responder = (): Responder => ({ requestId, model: service.identity(), cors });
  try {
    operation = operationOf(event);
    outcome = await operations[operation](request, service);
    result = response(outcome.status, outcome, responder());
    if (outcome.headers) Object.assign(result.headers as object, outcome.headers);
  } catch (thrown) {
    error = asServingError(thrown);
    result = errorResponse(error, responder());
  }
  service.log.record({
    requestId,
    traceparent,
    operation,
    status: result.statusCode,
    latencyMs: performance.now() - started,
    model: service.known(),
    rows: outcome?.rows,
    modelLatencyMs: outcome?.modelLatencyMs,
    error,
  });
  if (service.payloadLog && outcome?.payload) {
    (await service.payloadLog).record({ requestId, model: service.known() }, outcome.payload);
  }
  return result;
}
