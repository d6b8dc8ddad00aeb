import {
  DUE_SHARDS,
  type ErrorBody,
  FINAL_STATES,
  type InferResponse,
  type JOB_VERSION,
  type JobState,
  type ModelIdentity,
} from '../contract';
import type { Asked } from './asked';

/** A job as its row in the table. All times are epoch milliseconds but `ttl`, which is seconds as DynamoDB wants it. */
export interface Job {
  readonly v: typeof JOB_VERSION;
  readonly id: string;
  readonly owner: string;
  readonly state: JobState;
  /** Raised by each retry of a client, so that a message of an earlier life does nothing. */
  readonly generation: number;
  /** Runs that were begun in this generation. */
  readonly attempts: number;
  readonly acceptedAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** After it a job that has not ended never will. */
  readonly expiresAt: number;
  /** Of RUNNING: the claim that may move it, until when, and where it runs. */
  readonly claim?: string;
  readonly leaseUntil?: number;
  readonly worker?: string;
  readonly requestId: string;
  readonly traceparent: string;
  /** Name of the model, for logs and metrics. */
  readonly modelName: string;
  /** What the client expects to talk to. */
  readonly expects: { readonly name?: string; readonly version?: string };
  readonly input: JobInput;
  /** Tells whether another request with the same idempotency key is the same one. */
  readonly inputHash: string;
  readonly output?: JobOutput;
  /** Who answered. */
  readonly model?: ModelIdentity;
  readonly error?: ErrorBody;
  /** The sinks have not heard of its end yet. */
  readonly sinkPending?: boolean;
  /** Message group in a FIFO queue. */
  readonly group?: string;
  /** Of MultipleStage: what the first stage answered. */
  readonly firstStage?: FirstStage;
  /** Of a job that several models answer: what became of each, by its name. */
  readonly members?: Readonly<Record<string, Member>>;
  /** How often one of them settled, or got another chance. */
  readonly settlements?: number;
  /** What the client asked for, as the model read it that answered last. */
  readonly asked?: Asked;
  /** Of a job as one of its models sees it: the name of that one. No part of the row. */
  readonly stage?: string;
  /** When somebody must look at it, and the index partition it is found in. Absent: nothing is left to do. */
  readonly dueAt?: number;
  readonly dueShard?: string;
  /** Key of the index by owner: `<owner>#<state>`. */
  readonly ownerState: string;
  readonly ttl: number;
}

/** A body in S3. */
export interface PayloadRef {
  readonly key: string;
  readonly bytes: number;
}

/** The request's body, in the row or in S3, with the headers that say how to read it. */
export interface JobInput {
  readonly operation: 'infer' | 'predictRows';
  readonly headers: Readonly<Record<string, string>>;
  readonly inline?: Uint8Array;
  readonly ref?: PayloadRef;
}

/** The answer's body, in the row or in S3. */
export interface JobOutput {
  /** Of an answer with tensors behind its JSON: length of the JSON. */
  readonly headerLength?: number;
  readonly inline?: Uint8Array;
  readonly ref?: PayloadRef;
}

/** What became of a job with one of the models that answer it. */
export interface Member
  extends Pick<
    Job,
    'attempts' | 'claim' | 'worker' | 'leaseUntil' | 'startedAt' | 'endedAt' | 'output' | 'model' | 'error'
  > {
  readonly state: JobState;
}

export interface FirstStage {
  readonly model: ModelIdentity;
  readonly latencyMs: number;
  /** Absent where it is too large for the row. */
  readonly response?: InferResponse;
}

export function isFinal(state: JobState): boolean {
  return (FINAL_STATES as readonly JobState[]).includes(state);
}

export function ownerState(owner: string, state: JobState): string {
  return `${owner}#${state}`;
}

export function dueShard(id: string): string {
  return DUE_SHARDS[Number.parseInt(id.slice(0, 4), 16) % DUE_SHARDS.length] ?? '0';
}

/** What a reader sees: a job that nobody can end any more has timed out, also before the sweeper says so. */
export function stateAt(job: Job, now: number): JobState {
  if (isFinal(job.state) || job.expiresAt > now) return job.state;
  const running = job.state === 'RUNNING' && (job.leaseUntil ?? 0) > now;
  return running ? 'RUNNING' : 'TIMED_OUT';
}
