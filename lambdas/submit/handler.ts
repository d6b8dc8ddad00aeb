import type { APIGatewayProxyEvent } from 'aws-lambda';
import { writeLine } from '../shared/telemetry/write-line';
import { answerJobs } from './http';
import { createFront } from './service';
import { submit } from './submit';

const front = createFront({
  env: process.env,
  handlerDir: import.meta.dirname,
  write: writeLine,
});

export const handler = (event: APIGatewayProxyEvent) => answerJobs(event, front, submit);
