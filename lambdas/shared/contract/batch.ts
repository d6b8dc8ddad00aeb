/**
 * What a batch is: files of rows in, files of predictions out, one run at a time. Part of the contract between the
 * constructs and the handlers. How a run goes: `docs/decisions/0006-batch.md`.
 */

import type { ErrorBody, ModelIdentity } from './predictor';

/** Version of a run's row and of its manifest. A handler reads its own version and the one before. */
export const BATCH_VERSION = 1;

export const RUN_STATES = [
  ...(['QUEUED', 'PLANNING', 'RUNNING', 'ASSEMBLING'] as const),
  ...(['COMPLETED', 'PARTIAL', 'FAILED', 'STOPPED', 'REFUSED'] as const),
] as const;
export type RunState = (typeof RUN_STATES)[number];

/** States that a run leaves only when somebody resumes it. */
export const ENDED_STATES = ['COMPLETED', 'PARTIAL', 'FAILED', 'STOPPED', 'REFUSED'] as const satisfies RunState[];
/** States of a run that its execution works on. */
export const ACTIVE_STATES = ['PLANNING', 'RUNNING', 'ASSEMBLING'] as const satisfies RunState[];
/** States of a run that can be resumed: something of it is not done, and nobody works on it. */
export const RESUMABLE_STATES = ['PARTIAL', 'FAILED', 'STOPPED'] as const satisfies RunState[];

export const BATCH_FORMATS = ['csv', 'jsonl', 'parquet'] as const;
export type BatchFormat = (typeof BATCH_FORMATS)[number];

/** What an overlapping trigger comes to. */
export type OverlapRule = 'refuse' | 'queue';

// --- Table --------------------------------------------------------------------------------------------------------------

/** Keys of the table of runs: a row for each run, one for each of its mini-jobs that was begun, and one that says which run goes. */
export const RUN_TABLE = {
  key: 'run',
  sortKey: 'item',
  /** `item` of the run itself. */
  run: 'run',
  /** `item` of a mini-job begins with it. */
  chunk: 'chunk#',
  /** `run` and `item` of the row that says which run goes and which ones wait. */
  turn: 'turn',
  /** Runs, newest last. */
  byStart: { name: 'byStart', key: 'kind', sortKey: 'startedAt' },
  /** Epoch seconds after which a row is gone. */
  ttl: 'ttl',
} as const;

/** Rows and what became of them. */
export interface RowCounts {
  /** Rows that have a result or an error. */
  readonly done: number;
  /** Of those: rows that have an error. */
  readonly failed: number;
  /** Rows there are; not known before the end where nobody has counted them. */
  readonly total?: number;
  /** Whether `total` is what a sample says. */
  readonly estimated?: boolean;
}

/** A run: what `status` shows. */
export interface Run {
  readonly v: typeof BATCH_VERSION;
  readonly run: string;
  readonly item: typeof RUN_TABLE.run;
  readonly kind: 'run';
  readonly state: RunState;
  readonly trigger: 'schedule' | 'demand';
  /** How often it was begun: 1, and one more for each time it was resumed. */
  readonly attempt: number;
  /** The days whose data it is about, `yyyy-mm-dd`. */
  readonly from: string;
  readonly to: string;
  /** What is read, where the trigger says so: a key, or a prefix that ends in `/`. */
  readonly source?: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly begunAt?: number;
  readonly endedAt?: number;
  readonly deadlineAt?: number;
  /** ARN of the execution that works on it. */
  readonly execution?: string;
  readonly modelName: string;
  /** Who answered last. */
  readonly model?: ModelIdentity;
  readonly rowsDone: number;
  readonly rowsFailed: number;
  readonly rowsTotal?: number;
  readonly rowsEstimated?: boolean;
  readonly chunksDone: number;
  readonly chunksTotal?: number;
  readonly files?: number;
  /** Key of the list of all mini-jobs in the output bucket. */
  readonly planKey?: string;
  /** Key of the account of the run in the output bucket. */
  readonly manifestKey?: string;
  readonly error?: ErrorBody;
  readonly ttl: number;
}

// --- Mini-jobs ----------------------------------------------------------------------------------------------------------

/** A mini-job: a part of a file that one worker predicts. The manifest that Step Functions reads is a list of them. */
export interface Chunk {
  readonly v: typeof BATCH_VERSION;
  /** Its place among all mini-jobs of the run. */
  readonly index: number;
  readonly key: string;
  /** State of the file when it was planned; another one is refused. */
  readonly etag: string;
  readonly format: BatchFormat;
  readonly gzip?: boolean;
  /** Bytes of the file, or rows of a Parquet file; the end is exclusive. A gzip file is one mini-job. */
  readonly start: number;
  readonly end: number;
  /** Number of its first row and of its first line, from 1; absent where nobody has counted. */
  readonly firstRow?: number;
  readonly firstLine?: number;
  readonly rows?: number;
}

/** A mini-job as the table has it, once a worker has begun it. */
export interface ChunkRow {
  readonly run: string;
  readonly item: string;
  readonly state: 'RUNNING' | 'DONE';
  /** How often a worker has begun it. */
  readonly tries: number;
  /** Which begin of the run, and which round of it, it was done in. */
  readonly turn: number;
  readonly rows?: number;
  readonly failed?: number;
  readonly lines?: number;
  /** Bytes of its results and of its errors in the output bucket. */
  readonly outputBytes?: number;
  readonly errorBytes?: number;
  readonly model?: ModelIdentity;
  readonly error?: ErrorBody;
  readonly ttl: number;
}

/** What a worker gets. */
export interface ChunkTask {
  readonly run: string;
  readonly attempt: number;
  /** How often the whole run was tried again by `BatchRetry.all`. */
  readonly round: number;
  readonly chunk: Chunk;
}

/** Input of an execution: what a trigger says. Everything is optional; then the run is about the day of the trigger. */
export interface RunRequest {
  /** Name of the run, where the trigger gives it one: two triggers with one name are one run. */
  readonly run?: string;
  readonly trigger?: 'schedule' | 'demand';
  /** When the schedule fired, ISO 8601. */
  readonly scheduledTime?: string;
  readonly source?: string;
  readonly from?: string;
  readonly to?: string;
  /** Go on with the run that is named. */
  readonly resume?: boolean;
}

// --- Environment --------------------------------------------------------------------------------------------------------

/** Names of the environment variables of the functions of a batch, beside `ENV`. */
export const BATCH_ENV = {
  table: 'SERVING_RUN_TABLE',
  inputBucket: 'SERVING_BATCH_INPUT_BUCKET',
  outputBucket: 'SERVING_BATCH_OUTPUT_BUCKET',
  /** JSON `BatchSettings`. */
  settings: 'SERVING_BATCH_SETTINGS',
} as const;

/** What is the same for every run of a service. */
export interface BatchSettings {
  /** Key or prefix that is read where the trigger names none; `{date}` is a day of the run. */
  readonly input: string;
  /** What every key that is read begins with. */
  readonly inputPrefix: string;
  readonly outputPrefix: string;
  /** Format of all files; absent: by the ending of each. */
  readonly format?: BatchFormat;
  readonly delimiter: string;
  /** Whether a quoted field of a CSV file may hold line breaks. */
  readonly multiline: boolean;
  readonly idColumn?: string;
  /** Columns of the input that results have beside them; absent: none. `*`: all. */
  readonly joinColumns?: readonly string[];
  /** Outputs of the model that results have; absent: all. */
  readonly outputs?: readonly string[];
  /** Whether rows are bodies of `POST /predict`, which the hooks of the service read and answer. */
  readonly bodies?: boolean;
  readonly rowsPerRun: number;
  readonly chunkRows: number;
  readonly chunkBytes: number;
  /** Share of the rows, in percent, that may fail in a run that is not FAILED. */
  readonly toleratedFailurePercentage: number;
  readonly overlap: OverlapRule;
  readonly timeZone: string;
  readonly daysBack: number;
  readonly deadlineMs: number;
  /** Longest time between two runs that completed; absent: nobody waits for them. */
  readonly heartbeatMs?: number;
  readonly retentionMs: number;
}

// --- Telemetry ----------------------------------------------------------------------------------------------------------

/** Metrics of a batch, with the dimensions of every other. */
export const BATCH_METRICS = {
  completed: { name: 'RunsCompleted', unit: 'Count' },
  partial: { name: 'RunsPartial', unit: 'Count' },
  failed: { name: 'RunsFailed', unit: 'Count' },
  stopped: { name: 'RunsStopped', unit: 'Count' },
  refused: { name: 'RunsRefused', unit: 'Count' },
  /** From the trigger to the end. */
  duration: { name: 'RunDuration', unit: 'Milliseconds' },
  /** Rows of a mini-job that have a result, and that have an error. */
  rows: { name: 'BatchRows', unit: 'Count' },
  rowsFailed: { name: 'BatchRowsFailed', unit: 'Count' },
  /** Time of a worker for a mini-job, and of that in the model. */
  chunkLatency: { name: 'ChunkLatency', unit: 'Milliseconds' },
  chunkModelLatency: { name: 'ChunkModelLatency', unit: 'Milliseconds' },
  /** Tries of mini-jobs that failed. */
  chunkFailures: { name: 'ChunkFailures', unit: 'Count' },
  /** Runs that are past their deadline, each time somebody looks. */
  overdue: { name: 'RunsOverdue', unit: 'Count' },
  /** Time since a run completed, against the longest that it may be: above 1 one is missing. */
  heartbeat: { name: 'HeartbeatAge', unit: 'None' },
} as const;
