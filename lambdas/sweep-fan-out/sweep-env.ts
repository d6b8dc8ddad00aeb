import { type FanOutMember, JOB_ENV } from '../shared/contract';
import { type Environment, text } from '../shared/env';
import { type EndingEnv, readEndingEnv, readMembers } from '../shared/jobs/job-env';

/** Of the sweeper of jobs that several models answer. */
export interface FanOutSweepEnv extends EndingEnv {
  readonly topicArn: string;
  readonly gatherQueueUrl: string;
  readonly members: readonly FanOutMember[];
}

export function readFanOutSweepEnv(env: Environment): FanOutSweepEnv {
  return {
    ...readEndingEnv(env),
    topicArn: text(env, JOB_ENV.topicArn),
    gatherQueueUrl: text(env, JOB_ENV.gatherQueueUrl),
    members: readMembers(env),
  };
}
