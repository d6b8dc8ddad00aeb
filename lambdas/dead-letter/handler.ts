import type { SQSEvent } from 'aws-lambda';
import { createBookkeeping } from '../shared/jobs/ending-service';
import { readEndingEnv } from '../shared/jobs/job-env';
import { writeLine } from '../shared/telemetry/write-line';
import { buryJobs } from './bury-jobs';

const service = createBookkeeping(readEndingEnv(process.env), writeLine);

export const handler = ({ Records }: SQSEvent) => buryJobs(Records, service);
