import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { version } from '../../package.json';
import { modelMetadata } from '../composed/metadata';
import { JOB_ROUTES, type JobOperation, type Operation, ROUTES } from '../shared/contract';
import { answerHttp, type HttpRequest, type Operate, type Outcome } from '../shared/http/answer';
import { routerOf } from '../shared/http/routes';
import { cancelJob } from './cancel-job';
import { createUpload } from './create-upload';
import { getJob } from './get-job';
import { listJobs } from './list-jobs';
import { modelReady, openApi, serverReady } from './metadata';
import { retryJob } from './retry-job';
import type { Front } from './service';

/** What a front does with a request for a prediction. */
export type Infer<Service extends Front> = (
  operation: 'infer' | 'predictRows',
  request: HttpRequest,
  front: Service,
) => Promise<Outcome>;

const operationOf = routerOf<Operation | JobOperation>([...ROUTES, ...JOB_ROUTES]);

const OPERATIONS: Readonly<Record<Exclude<Operation, 'infer' | 'predictRows'> | JobOperation, Operate<Front>>> = {
  serverMetadata: () => ({
    status: 200,
    body: JSON.stringify({ name: 'cdk-ml-serving', version, extensions: EXTENSIONS }),
  }),
  serverLive: () => ({ status: 200, body: '{"live":true}' }),
  serverReady,
  modelMetadata,
  modelReady,
  openApi,
  listJobs,
  getJob,
  cancelJob,
  retryJob,
  createUpload,
};

/** What this server understands beyond the protocol. */
const EXTENSIONS = ['binary_tensor_data', 'predict_instances', 'image_body', 'jobs'];

/** An API Gateway event of a service with jobs -> its answer. */
export function answerJobs<Service extends Front>(
  event: APIGatewayProxyEvent,
  front: Service,
  infer: Infer<Service>,
): Promise<APIGatewayProxyResult> {
  return answerHttp(event, front, operationOf, {
    ...OPERATIONS,
    infer: (request, service) => infer('infer', request, service),
    predictRows: (request, service) => infer('predictRows', request, service),
  });
}
