import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { readHttpPrediction } from '../predict/http-prediction';
import { checkExpected } from '../predict/resolve-model';
import { HEADERS, type InferResponse, type Operation, ROUTES } from '../shared/contract';
import { answerHttp, type HttpRequest, type Operate, type Outcome } from '../shared/http/answer';
import { principalOf } from '../shared/http/principal';
import { headerOf } from '../shared/http/request';
import { routerOf } from '../shared/http/routes';
import { outputTensors } from '../shared/predictor/exchange';
import { identityOf } from '../shared/session/model-store';
import { modelMetadata, modelReady, openApi, serverLive, serverMetadata, serverReady } from './metadata';
import type { Composed } from './service';

/** Kept of the deadline for writing the answer. */
const RESERVE_MS = 100;

const operationOf = routerOf<Operation>(ROUTES);

const OPERATIONS: Readonly<Record<Operation, Operate<Composed>>> = {
  serverMetadata,
  serverLive,
  serverReady,
  modelMetadata,
  modelReady,
  infer: (request, composed) => predictOne('infer', request, composed),
  predictRows: (request, composed) => predictOne('predictRows', request, composed),
  openApi,
};

/** An API Gateway event -> its answer, and one line in the log. */
export function handleHttp(event: APIGatewayProxyEvent, composed: Composed): Promise<APIGatewayProxyResult> {
  return answerHttp(event, composed, operationOf, OPERATIONS);
}

/** Decodes as `predict` does, asks instead of running, and encodes as `predict` does. */
async function predictOne(
  operation: 'infer' | 'predictRows',
  { event, requestId, traceparent }: HttpRequest,
  { answer, env, manifest }: Composed,
): Promise<Outcome> {
  const { decode, deadlineMs, encode, expects } = readHttpPrediction(operation, event, env);
  checkExpected(expects, manifest);
  const inference = await decode({ identity: identityOf(manifest), manifest });
  const success = await answer({
    requestId,
    traceparent,
    deadlineMs: deadlineMs - RESERVE_MS,
    principal: principalOf(event),
    cacheControl: headerOf(event, HEADERS.cacheControl),
    inference,
  });
  const { marks, model, response } = success;
  const outputs = outputTensors(response, manifest.outputs);
  const content = await encode({ identity: model, manifest }, inference, outputs);
  const answeredBy = { [HEADERS.modelName]: model.name, [HEADERS.modelVersion]: model.version };
  const told =
    content.headerLength === undefined ? { body: withParameters(content.body, response.parameters) } : content;
  return { status: 200, ...told, headers: { ...answeredBy, ...marks }, rows: inference.rows };
}

/** What the answer says of itself, beside its tensors. One whose tensors are bytes says it by headers alone. */
function withParameters(body: string, parameters: InferResponse['parameters']): string {
  return parameters ? `{"parameters":${JSON.stringify(parameters)},${body.slice(1)}` : body;
}
