import type { SQSEvent } from 'aws-lambda';
import { createEndingService } from '../shared/jobs/ending-service';
import { readEndingEnv } from '../shared/jobs/job-env';
import { buryJobs } from './bury-jobs';

const service = createEndingService(readEndingEnv(process.env), (line) => process.stdout.write(line));

export const handler = ({ Records }: SQSEvent) => buryJobs(Records, service);
