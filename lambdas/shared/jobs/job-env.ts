import { ENV, type FanOutMember, JOB_ENV, type MemberSettings, type SinkSettings } from '../contract';
import {
  type AnsweringEnv,
  type Environment,
  type FunctionEnv,
  positiveInteger,
  readAnsweringEnv,
  readFunctionEnv,
  text,
} from '../env';

/** What every function that knows jobs is told by its environment variables. */
export interface JobEnv extends FunctionEnv {
  readonly table: string;
  readonly payloadBucket: string;
  readonly retentionMs: number;
}

export function readJobEnv(env: Environment): JobEnv {
  return {
    ...readFunctionEnv(env),
    table: text(env, JOB_ENV.table),
    payloadBucket: text(env, JOB_ENV.payloadBucket),
    retentionMs: positiveInteger(env, JOB_ENV.retentionMs),
  };
}

/** Of a function that accepts jobs. */
export interface FrontEnv extends JobEnv, AnsweringEnv {
  readonly inlineBytes: number;
  readonly maxUploadBytes: number;
  readonly jobTimeoutMs: number;
}

export function readFrontEnv(env: Environment): FrontEnv {
  return {
    ...readAnsweringEnv(env),
    ...readJobEnv(env),
    inlineBytes: positiveInteger(env, JOB_ENV.inlineBytes),
    maxUploadBytes: positiveInteger(env, JOB_ENV.maxUploadBytes),
    jobTimeoutMs: positiveInteger(env, JOB_ENV.jobTimeoutMs),
  };
}

/** Of a function that ends jobs. */
export interface EndingEnv extends JobEnv {
  readonly deadLetterQueueUrl: string;
  readonly sinks: readonly SinkSettings[];
  /** Its part, where several models answer a job together. */
  readonly member?: MemberSettings;
  /** Then: the queue of who makes one answer of theirs. */
  readonly gatherQueueUrl?: string;
}

export function readEndingEnv(env: Environment): EndingEnv {
  return {
    ...readJobEnv(env),
    deadLetterQueueUrl: text(env, JOB_ENV.deadLetterQueueUrl),
    sinks: JSON.parse(env[JOB_ENV.sinks] || '[]'),
    member: env[JOB_ENV.member] ? JSON.parse(env[JOB_ENV.member] as string) : undefined,
    gatherQueueUrl: env[JOB_ENV.gatherQueueUrl],
  };
}

/** Of who knows which models answer a job together. */
export function readMembers(env: Environment): readonly FanOutMember[] {
  return JSON.parse(text(env, JOB_ENV.members));
}

/** Of the worker. */
export interface WorkerEnv extends EndingEnv {
  readonly queueUrl: string;
  readonly inlineBytes: number;
  readonly jobTimeoutMs: number;
  readonly maxAttempts: number;
  readonly visibilityMs: number;
  readonly maxStackedRows: number;
  /** Longest time of one run of the model. */
  readonly deadlineMs: number;
  /** ARN of the predictor it calls; without, the model is its own. */
  readonly predictor?: string;
}

export function readWorkerEnv(env: Environment): WorkerEnv {
  return {
    ...readEndingEnv(env),
    queueUrl: text(env, JOB_ENV.queueUrl),
    inlineBytes: positiveInteger(env, JOB_ENV.inlineBytes),
    jobTimeoutMs: positiveInteger(env, JOB_ENV.jobTimeoutMs),
    maxAttempts: positiveInteger(env, JOB_ENV.maxAttempts),
    visibilityMs: positiveInteger(env, JOB_ENV.visibilityMs),
    deadlineMs: positiveInteger(env, ENV.deadlineMs),
    maxStackedRows: positiveInteger(env, JOB_ENV.maxStackedRows, 1),
    predictor: env[ENV.predictor],
  };
}

/** Of who makes one answer of those of several models. */
export interface GatherEnv extends EndingEnv {
  readonly queueUrl: string;
  readonly inlineBytes: number;
}

export function readGatherEnv(env: Environment): GatherEnv {
  return {
    ...readEndingEnv(env),
    queueUrl: text(env, JOB_ENV.queueUrl),
    inlineBytes: positiveInteger(env, JOB_ENV.inlineBytes),
  };
}

/** Of the sweeper. */
export interface SweepEnv extends EndingEnv {
  readonly queueUrl: string;
  readonly maxAttempts: number;
}

export function readSweepEnv(env: Environment): SweepEnv {
  return {
    ...readEndingEnv(env),
    queueUrl: text(env, JOB_ENV.queueUrl),
    maxAttempts: positiveInteger(env, JOB_ENV.maxAttempts),
  };
}
