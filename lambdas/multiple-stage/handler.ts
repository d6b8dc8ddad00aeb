import type { APIGatewayProxyEvent } from 'aws-lambda';
import { ENV, JOB_ENV } from '../shared/contract';
import { text } from '../shared/env';
import { lambdaCaller } from '../shared/predictor/call';
import { writeLine } from '../shared/telemetry/write-line';
import { answerJobs } from '../submit/http';
import { createFront } from '../submit/service';
import { answerFirst, type StagedFront } from './answer-first';

const front = createFront({
  env: process.env,
  handlerDir: import.meta.dirname,
  write: writeLine,
});

const staged: StagedFront = {
  ...front,
  callFast: lambdaCaller(text(process.env, ENV.predictor), front.env.clientOptions),
  queueWithoutFirst: text(process.env, JOB_ENV.onFastFailure) === 'queue',
};

export const handler = (event: APIGatewayProxyEvent) => answerJobs(event, staged, answerFirst);
