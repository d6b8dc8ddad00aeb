/**
 * What jobs are: predictions that are accepted now and answered later. Part of the contract between the constructs and
 * the handlers. States and who may move them: `docs/decisions/0005-jobs.md`.
 */

import type { ErrorBody, ModelIdentity } from './predictor';

/** Version of a job's row and of its message. A handler reads its own version and the one before. */
export const JOB_VERSION = 1;

export const JOB_STATES = ['ACCEPTING', 'PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** States that no worker leaves any more. */
export const FINAL_STATES = ['SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT'] as const satisfies JobState[];

// --- The table of jobs --------------------------------------------------------------------------------------------------

/** Keys and indexes of the table. Other attributes are `Job` (lambdas/shared/jobs/job.ts). */
export const JOB_TABLE = {
  key: 'id',
  /** Jobs of one owner in one state, newest last: `<owner>#<state>`, epoch milliseconds. */
  byOwner: { name: 'byOwner', key: 'ownerState', sortKey: 'acceptedAt', attributes: ['state', 'endedAt', 'expiresAt'] },
  /** Jobs that somebody must look at, earliest first. A job with nothing left to do is not in it. */
  byDue: { name: 'byDue', key: 'dueShard', sortKey: 'dueAt' },
  /** Epoch seconds after which a row is gone. DynamoDB deletes late, so readers look at it too. */
  ttl: 'ttl',
} as const;

/** The due jobs are spread over so many partitions. */
export const DUE_SHARDS = ['0', '1', '2', '3', '4', '5', '6', '7'] as const;

// --- Messages -----------------------------------------------------------------------------------------------------------

/** What is in the queue: the job itself is in the table. */
export interface JobMessage {
  readonly v: typeof JOB_VERSION;
  readonly job: string;
  readonly owner: string;
  /** A retried job has a new generation; a message of an older one does nothing. */
  readonly generation: number;
  /** Message group in a FIFO queue. */
  readonly group?: string;
  /** It was in the dead-letter queue: where it appears again, the job gets all its tries again. */
  readonly buried?: true;
  /** The job was tried before, so that it may be what killed a worker. */
  readonly again?: true;
  /** Names of the models that it is for, where it is not for all that answer the job. */
  readonly stages?: readonly string[];
  /** Of a job that several models answer: the moment (epoch milliseconds) after which no answer counts. */
  readonly expiresAt?: number;
}

/** What a sink receives when a job has ended. */
export interface JobEvent {
  readonly v: typeof JOB_VERSION;
  readonly service: string;
  readonly job: string;
  readonly state: JobState;
  readonly requestId: string;
  readonly traceparent: string;
  readonly acceptedAt: string;
  readonly endedAt: string;
  readonly model?: ModelIdentity;
  /** The body of the answer where it is JSON and small enough for the sink. */
  readonly result?: unknown;
  /** The body of the answer as an object in S3. */
  readonly resultRef?: { readonly bucket: string; readonly key: string; readonly bytes: number; readonly type: string };
  readonly error?: ErrorBody;
  /** Of a job that several models answer: how each one ended, by its name. */
  readonly models?: Readonly<Record<string, { readonly state: JobState; readonly error?: ErrorBody }>>;
}

/** What EventBridge calls the events. */
export const JOB_EVENT_SOURCE = 'cdk-ml-serving';
export const JOB_EVENT_TYPE = 'Job ended';

/** Where the results of jobs go beside the table: JSON in `JOB_ENV.sinks`. */
export type SinkSettings =
  | { readonly kind: 'sns'; readonly topicArn: string }
  | { readonly kind: 'eventbridge'; readonly busName: string }
  | { readonly kind: 'sqs'; readonly queueUrl: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string };

// --- HTTP ---------------------------------------------------------------------------------------------------------------

/** The routes of a service with jobs, beside `ROUTES`. */
export const JOB_ROUTES = [
  { method: 'GET', path: '/v2/jobs', operation: 'listJobs' },
  { method: 'GET', path: '/v2/jobs/{job}', operation: 'getJob' },
  { method: 'DELETE', path: '/v2/jobs/{job}', operation: 'cancelJob' },
  { method: 'POST', path: '/v2/jobs/{job}/retry', operation: 'retryJob' },
  { method: 'POST', path: '/v2/uploads', operation: 'createUpload' },
] as const;
export type JobOperation = (typeof JOB_ROUTES)[number]['operation'];

export const JOB_HEADERS = {
  location: 'location',
  job: 'x-job-id',
  prefer: 'prefer',
  preferenceApplied: 'preference-applied',
  idempotencyKey: 'idempotency-key',
  /** Of MultipleStage: state of the job that is the second stage, or UNAVAILABLE. */
  secondStage: 'x-second-stage',
  /** Id of an upload that is the body of this request. */
  upload: 'x-upload-id',
  /** Message group of a FIFO queue. */
  group: 'x-message-group-id',
} as const;

// --- Environment --------------------------------------------------------------------------------------------------------

/** Names of the environment variables of the functions that know jobs, beside `ENV`. */
export const JOB_ENV = {
  table: 'SERVING_JOB_TABLE',
  queueUrl: 'SERVING_JOB_QUEUE_URL',
  /** Where messages rest whose jobs have failed for good. */
  deadLetterQueueUrl: 'SERVING_JOB_DEAD_LETTER_QUEUE_URL',
  payloadBucket: 'SERVING_PAYLOAD_BUCKET',
  /** Largest input and result in bytes that are kept in the job's row. */
  inlineBytes: 'SERVING_JOB_INLINE_BYTES',
  /** Largest upload by presigned URL in bytes. */
  maxUploadBytes: 'SERVING_JOB_MAX_UPLOAD_BYTES',
  /** Milliseconds from acceptance after which a job that has not ended is TIMED_OUT. */
  jobTimeoutMs: 'SERVING_JOB_TIMEOUT_MS',
  /** Milliseconds that a job that has ended, its input and its result are kept. */
  retentionMs: 'SERVING_JOB_RETENTION_MS',
  /** How often a job is tried. */
  maxAttempts: 'SERVING_JOB_MAX_ATTEMPTS',
  /** Milliseconds that a message stays invisible once a worker has it. */
  visibilityMs: 'SERVING_JOB_VISIBILITY_MS',
  /** Most rows that are stacked into one run; 1: none are. */
  maxStackedRows: 'SERVING_MAX_STACKED_ROWS',
  /** JSON list of `SinkSettings`. */
  sinks: 'SERVING_JOB_SINKS',
  /** Topic that hands the messages of jobs to the queue of each model. */
  topicArn: 'SERVING_JOB_TOPIC_ARN',
  /** JSON list of the models that answer a job together: `FanOutMember`s. */
  members: 'SERVING_JOB_MEMBERS',
  /** Of the functions of one of them: JSON `MemberSettings`. */
  member: 'SERVING_JOB_MEMBER',
  /** Queue of who makes one answer of theirs. */
  gatherQueueUrl: 'SERVING_JOB_GATHER_QUEUE_URL',
  /** Of MultipleStage: what becomes of the second stage when the first one fails: `queue` or `fail`. */
  onFastFailure: 'SERVING_ON_FAST_FAILURE',
} as const;

// --- Telemetry ----------------------------------------------------------------------------------------------------------

/** Metrics of jobs, with the dimensions of every other. */
export const JOB_METRICS = {
  /** Jobs accepted. */
  accepted: { name: 'JobsAccepted', unit: 'Count' },
  succeeded: { name: 'JobsSucceeded', unit: 'Count' },
  failed: { name: 'JobsFailed', unit: 'Count' },
  timedOut: { name: 'JobsTimedOut', unit: 'Count' },
  cancelled: { name: 'JobsCancelled', unit: 'Count' },
  /** From acceptance to the end. */
  age: { name: 'JobAge', unit: 'Milliseconds' },
  /** Runs that a job took. */
  attempts: { name: 'JobAttempts', unit: 'Count' },
  /** Jobs in one run of the model. */
  stacked: { name: 'StackedJobs', unit: 'Count' },
  /** Messages sent again, and jobs ended, by the sweeper. */
  repaired: { name: 'JobsRepaired', unit: 'Count' },
  /** Results that a sink did not take; the sweeper tries again. */
  sinkFailures: { name: 'SinkFailures', unit: 'Count' },
  /** Share of the rows for which both stages of a MultipleStage give the same answer. */
  agreement: { name: 'StageAgreement', unit: 'Percent' },
} as const;
