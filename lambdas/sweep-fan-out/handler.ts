import { createEndingService } from '../shared/jobs/ending-service';
import { JobTopic } from '../shared/jobs/job-topic';
import { writeLine } from '../shared/telemetry/write-line';
import { sweep } from '../sweep/sweep';
import { repairFanOut } from './repair-fan-out';
import { readFanOutSweepEnv } from './sweep-env';

const env = readFanOutSweepEnv(process.env);
const topic = new JobTopic(env.topicArn, env.clientOptions);
const sweeper = { ...createEndingService(env, writeLine), topic };

export const handler = () => sweep(sweeper, repairFanOut);
