import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { type Operation, ROUTES } from '../shared/contract';
import { answerHttp, type HttpRequest, type Operate, type Outcome } from '../shared/http/answer';
import { routerOf } from '../shared/http/routes';
import { readHttpPrediction } from './http-prediction';
import { modelMetadata, modelReady, openApi, serverLive, serverMetadata, serverReady } from './metadata';
import { predict } from './predict';
import type { Service } from './service';
import { Failed } from './steps';

const operationOf = routerOf<Operation>(ROUTES);

const OPERATIONS: Readonly<Record<Operation, Operate<Service>>> = {
  serverMetadata,
  serverLive,
  serverReady,
  modelMetadata,
  modelReady,
  infer: (request, service) => predictOne('infer', request, service),
  predictRows: (request, service) => predictOne('predictRows', request, service),
  openApi,
};

/** An API Gateway event -> its answer, and one line in the log. */
export async function handleHttp(event: APIGatewayProxyEvent, service: Service): Promise<APIGatewayProxyResult> {
  return answerHttp(event, service, operationOf, OPERATIONS);
}

async function predictOne(
  operation: 'infer' | 'predictRows',
  { event }: HttpRequest,
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
