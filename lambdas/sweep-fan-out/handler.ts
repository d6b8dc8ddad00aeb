import { createEndingService } from '../shared/jobs/ending-service';
import { JobTopic } from '../shared/jobs/job-topic';
import { sweep } from '../sweep/sweep';
import { repairFanOut } from './repair-fan-out';
import { readFanOutSweepEnv } from './sweep-env';

const env = readFanOutSweepEnv(process.env);
const topic = new JobTopic(env.topicArn, env.clientOptions);
const sweeper = { ...createEndingService(env, (line) => process.stdout.write(line)), topic };

export const handler = () => sweep(sweeper, repairFanOut);
