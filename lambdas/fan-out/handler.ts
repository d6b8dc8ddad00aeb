import type { APIGatewayProxyEvent } from 'aws-lambda';
import { JOB_ENV } from '../shared/contract';
import { text } from '../shared/env';
import { readFrontEnv, readMembers } from '../shared/jobs/job-env';
import { JobTopic } from '../shared/jobs/job-topic';
import { writeLine } from '../shared/telemetry/write-line';
import { answerJobs } from '../submit/http';
import { frontOf } from '../submit/service';
import { submit } from '../submit/submit';

const env = readFrontEnv(process.env);
const topic = new JobTopic(text(process.env, JOB_ENV.topicArn), env.clientOptions);
const wiring = { env, handlerDir: import.meta.dirname, write: writeLine };

const front = {
  ...frontOf(wiring, (job, history) => topic.publish(job, history)),
  members: readMembers(process.env).map(({ name }) => name),
};

export const handler = (event: APIGatewayProxyEvent) => answerJobs(event, front, submit);
