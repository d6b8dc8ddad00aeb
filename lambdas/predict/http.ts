import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type { Operation } from '../shared/contract';
import { asServingError, type ServingError } from '../shared/errors';
import { requestIdOf, traceparentOf } from '../shared/http/request';
import { corsHeaders, errorResponse, type Responder, response } from '../shared/http/response';
import { operationOf } from '../shared/http/routes';
import { childTraceparent } from '../shared/telemetry/traceparent';
import { readHttpPrediction } from './http-prediction';
import { modelMetadata, modelReady, type Outcome, openApi, serverLive, serverMetadata, serverReady } from './metadata';
import { predict } from './predict';
import type { Service } from './service';
import { Failed } from './steps';

/** An API Gateway event -> its answer, and one line in the log. */
export async function handleHttp(event: APIGatewayProxyEvent, service: Service): Promise<APIGatewayProxyResult> {
  const started = performance.now();
  const requestId = requestIdOf(event);
  let operation: Operation | 'unknown' = 'unknown';
  let outcome: Outcome | undefined;
  let error: ServingError | undefined;
  let result: APIGatewayProxyResult;
  const cors = corsHeaders(service.env.corsOrigin);
  // Who answers is known best at the end: a model loaded by pointer has no version before.
  const responder = (): Responder => ({ requestId, model: service.models.identity, cors });
  try {
    operation = operationOf(event);
    outcome = await OPERATIONS[operation](event, service);
    result = response(outcome.status, outcome, responder());
  } catch (thrown) {
    error = asServingError(thrown);
    result = errorResponse(error, responder());
  }
  service.log.record({
    requestId,
    traceparent: childTraceparent(traceparentOf(event)),
    operation,
    status: result.statusCode,
    latencyMs: performance.now() - started,
    model: service.models.known,
    rows: outcome?.rows,
    modelLatencyMs: outcome?.modelLatencyMs,
    error,
  });
  if (service.payloadLog && outcome?.payload) {
    (await service.payloadLog).record({ requestId, model: service.models.known }, outcome.payload);
  }
  return result;
}

type Handle = (event: APIGatewayProxyEvent, service: Service) => Outcome | Promise<Outcome>;

const OPERATIONS: Readonly<Record<Operation, Handle>> = {
  serverMetadata,
  serverLive,
  serverReady,
  modelMetadata,
  modelReady,
  infer: (event, service) => predictOne('infer', event, service),
  predictRows: (event, service) => predictOne('predictRows', event, service),
  openApi,
};

async function predictOne(
  operation: 'infer' | 'predictRows',
  event: APIGatewayProxyEvent,
  service: Service,
): Promise<Outcome> {
  const [result] = await predict([readHttpPrediction(operation, event, service.env)], service.models);
  if (!result) throw new Error('a prediction has no result');
  if (result instanceof Failed) throw result.error;
  const { answer, inference, modelLatencyMs, outputs } = result;
  return {
    status: 200,
    ...answer,
    rows: inference.rows,
    modelLatencyMs,
    payload: { inputs: inference.inputs, outputs },
  };
}
