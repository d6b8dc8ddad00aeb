import type { Duration, Size } from 'aws-cdk-lib';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Hook } from '../predictor/hook';
import type { BatchFormat, BatchOverlap, BatchRetry } from './batch-enums';
import type { BatchSchedule } from './batch-schedule';

/** When runs begin, and what they are about; every option has a default. */
export interface BatchTriggerOptions {
  /**
   * When runs begin.
   * @default - only when somebody starts one
   */
  readonly schedule?: BatchSchedule;
  /**
   * Time zone of the schedule, and of the day that a run is about: `Europe/Berlin`.
   * @default 'UTC'
   */
  readonly timeZone?: string;
  /**
   * How much later than the schedule says a run may begin. Whole minutes, at most 24 hours.
   * @default - none
   */
  readonly flexibleWindow?: Duration;
  /**
   * How many days before its trigger the day is that a run is about: 1 for a run after midnight about the day before.
   * @default 0
   */
  readonly daysBack?: number;
  /**
   * What becomes of a trigger while a run goes.
   * @default BatchOverlap.REFUSE
   */
  readonly overlap?: BatchOverlap;
}

/** What is read and written; every option has a default. */
export interface BatchDataOptions {
  /**
   * Bucket with the files of rows.
   * @default - one is made, and kept when the stack is destroyed
   */
  readonly inputBucket?: IBucket;
  /**
   * Key of the file, or prefix that ends in `/`, that a run reads whose trigger names none. `{date}` is a day of the run, as
   * `yyyy-mm-dd`. What triggers name must begin as this does, up to the last `/` before `{date}`.
   * @default 'input/'
   */
  readonly input?: string;
  /**
   * Bucket for the results.
   * @default - one is made, and kept when the stack is destroyed
   */
  readonly outputBucket?: IBucket;
  /**
   * What the keys of the results begin with. Behind it comes the name of the run.
   * @default 'output/'
   */
  readonly outputPrefix?: string;
  /**
   * Format of the files.
   * @default - by the ending of each: .csv, .jsonl or .ndjson, .parquet; .gz behind it is a compression
   */
  readonly format?: BatchFormat;
  /**
   * What is between two fields of a CSV file, one character.
   * @default ','
   */
  readonly delimiter?: string;
  /**
   * Whether a quoted field of a CSV file may hold line breaks. Where it may not, and `idColumn` is there, a file is cut
   * without being read before.
   * @default true
   */
  readonly multiline?: boolean;
  /**
   * Column whose value is the id of a row, by which its result is found.
   * @default - the number of the row in its file is its id
   */
  readonly idColumn?: string;
  /**
   * Whether each result has its row beside it.
   * @default false
   */
  readonly join?: boolean;
  /**
   * Which columns of the row those are.
   * @default - all of them
   */
  readonly joinColumns?: string[];
  /**
   * Which outputs of the model results have.
   * @default - all of them
   */
  readonly outputs?: string[];
}

/** How rows are predicted; every option has a default. */
export interface BatchWorkOptions {
  /**
   * Code of yours that makes the inputs of the model from a row. The same hook as for `POST /predict`: with it (or with
   * `postprocess`) files are JSONL, a line is what a client would send, and its result what the client would get.
   * @default - none: rows by the columns on the model card
   */
  readonly preprocess?: Hook;
  /**
   * Code of yours that makes the result of a row from the outputs of the model. The same hook as for `POST /predict`.
   * @default - none
   */
  readonly postprocess?: Hook;
  /**
   * Most rows of a mini-job.
   * @default - as many as take a minute by the measurements of the model, at most 100,000; 10,000 where it has not been measured
   */
  readonly chunkRows?: number;
  /**
   * Most bytes of the input of a mini-job. A Parquet file is cut between row groups only, and a gzip file not at all.
   * @default Size.mebibytes(16)
   */
  readonly chunkSize?: Size;
  /**
   * Rows in one run of the model. With 1 each row is a run of its own.
   * @default - sixteen times the best number of rows in the measurements of the model, where stacking pays; otherwise 1
   */
  readonly rowsPerRun?: number;
  /**
   * How many mini-jobs are predicted at once, at most. 1 to 1,000. The brake on cost.
   * @default 10
   */
  readonly maxConcurrency?: number;
  /**
   * Longest time of a mini-job, which is the function's timeout. Whole seconds, 10 s to 15 minutes.
   * @default Duration.minutes(10)
   */
  readonly chunkTimeout?: Duration;
  /**
   * What is tried again when a mini-job fails.
   * @default BatchRetry.FAILED
   */
  readonly retry?: BatchRetry;
  /**
   * How often a mini-job (or the whole run, with `BatchRetry.ALL`) is tried, 1 to 10.
   * @default 3
   */
  readonly maxAttempts?: number;
  /**
   * Share of the rows, in percent, that may fail in a run that is PARTIAL; with more it has FAILED. When as many mini-jobs
   * have failed, no more are begun.
   * @default 10
   */
  readonly toleratedFailurePercentage?: number;
  /**
   * Longest time of a run. After it DeadlineAlarm is on, and after twice as much the run is ended. Whole minutes.
   * @default Duration.hours(6)
   */
  readonly deadline?: Duration;
  /**
   * Rows that a run is expected to have. With it and the measurements of the model, a run that cannot meet its deadline is
   * refused at synth.
   * @default - not checked
   */
  readonly expectedRows?: number;
  /**
   * After how many intervals of the schedule without a run that completed HeartbeatAlarm is on, 1 to 100.
   * @default 2
   */
  readonly heartbeatIntervals?: number;
  /**
   * How long the rows of runs are kept. The results are yours to expire.
   * @default Duration.days(90)
   */
  readonly runRetention?: Duration;
}

/** @internal All of them. */
export interface BatchOptions extends BatchTriggerOptions, BatchDataOptions, BatchWorkOptions {}
