import { type Duration, Size, Token } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { ResultSink } from './result-sink';

/** How long jobs live and what becomes of them; every option has a default. */
export interface JobOptions {
  /**
   * How often a job is tried before it has failed and its message rests in the dead-letter queue, 1 to 10.
   * @default 3
   */
  readonly maxAttempts?: number;
  /**
   * Longest time from acceptance to the end; what has not ended by then is TIMED_OUT. At most 12 days.
   * @default Duration.hours(1)
   */
  readonly jobTimeout?: Duration;
  /**
   * How long a job that has ended is kept, with its input and its result. At most a year.
   * @default Duration.days(7)
   */
  readonly resultRetention?: Duration;
  /**
   * Largest input and result that stay in the job's row, at most 64 KiB; larger ones are objects in S3. The client sees
   * no difference.
   * @default Size.kibibytes(8)
   */
  readonly inlineSize?: Size;
  /**
   * Largest input that a client can upload by presigned URL, where it is too large for a request. At most 5 GiB; the
   * worker holds it in memory.
   * @default Size.mebibytes(100)
   */
  readonly maxUploadSize?: Size;
  /**
   * Who receives the result of every job, beside the one who asks for it.
   * @default - nobody
   */
  readonly sinks?: ResultSink[];
  /**
   * A table of your own for the jobs, with the key and the indexes of `JobTable`.
   * @default - one is made, and destroyed with the stack
   */
  readonly table?: ITable;
  /**
   * A bucket of your own for inputs and results. That objects under `jobs/` and `uploads/` expire is then yours to set.
   * @default - one is made, and kept when the stack is destroyed; its objects expire
   */
  readonly payloadBucket?: IBucket;
  /**
   * How often jobs that nobody looks at any more are looked for: lost messages, dead workers, expired jobs. Whole minutes.
   * @default Duration.minutes(1)
   */
  readonly sweepInterval?: Duration;
}

/** Where the messages of jobs wait. */
export interface JobQueueOptions {
  /**
   * A queue of your own, which may be FIFO. Its visibility timeout must be at least `Jobs.visibilityTimeout`. It has no
   * queue for exhausted messages: what no worker ever looked at stays in it until the job is TIMED_OUT.
   * @default - one is made
   */
  readonly queue?: IQueue;
}

/** @internal Limits, checked where the message can say what to do. */
export function validateJobOptions(options: JobOptions): void {
  const { maxAttempts, jobTimeout, resultRetention, inlineSize, maxUploadSize, sweepInterval } = options;
  if (maxAttempts !== undefined && !Token.isUnresolved(maxAttempts)) {
    if (!Number.isInteger(maxAttempts) || maxAttempts < 1 || maxAttempts > 10) {
      throw new Error(`maxAttempts must be a whole number from 1 to 10; got ${maxAttempts}`);
    }
  }
  // A message lives for 14 days in its queue, and must be there for as long as its job.
  requireSeconds('jobTimeout', jobTimeout, 12 * 86_400, '12 days');
  requireSeconds('resultRetention', resultRetention, 366 * 86_400, '366 days');
  requireBytes('inlineSize', inlineSize, Size.kibibytes(64), '64 KiB: rows are billed by their size');
  requireBytes('maxUploadSize', maxUploadSize, Size.gibibytes(5), '5 GiB, which is what one upload to S3 can be');
  const seconds = sweepInterval?.toSeconds() ?? 60;
  if (seconds < 60 || seconds % 60) {
    throw new Error(`sweepInterval must be whole minutes, at least one; got ${seconds} s`);
  }
}

function requireSeconds(name: string, value: Duration | undefined, most: number, inWords: string): void {
  if (value === undefined || value.isUnresolved()) return;
  const seconds = value.toMilliseconds() / 1000;
  if (seconds < 1 || seconds > most) throw new Error(`${name} must be from 1 s to ${inWords}; got ${seconds} s`);
}

function requireBytes(name: string, value: Size | undefined, most: Size, why: string): void {
  if (value === undefined || value.isUnresolved()) return;
  if (value.toBytes() > most.toBytes() || value.toBytes() < 1) {
    throw new Error(`${name} must be at most ${why}; got ${value.toBytes()} bytes`);
  }
}
