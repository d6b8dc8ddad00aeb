import type { APIGatewayProxyEvent } from 'aws-lambda';
import { answerJobs } from './http';
import { createFront } from './service';
import { submit } from './submit';

const front = createFront({
  env: process.env,
  handlerDir: import.meta.dirname,
  write: (line) => process.stdout.write(line),
});

export const handler = (event: APIGatewayProxyEvent) => answerJobs(event, front, submit);
