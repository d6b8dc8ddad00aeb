import { Duration, Token } from 'aws-cdk-lib';
import type { Model } from '../model/model';
import { validateCounts } from '../predictor/model-function-options';
import type { IPredictor } from '../predictor/predictor-ref';

/** How jobs are taken from the queue and run; every option has a default. */
export interface JobWorkerOptions {
  /**
   * Longest time of one run of the model. The function's timeout is twice that plus a second: a run that begins just
   * before the deadline still ends. At least 50 ms, at most 7 minutes.
   * @default - 10 s; with `predictor`, its deadline plus a second
   */
  readonly deadline?: Duration;
  /**
   * How many messages a worker takes at once, at most. 1 to 10, with `maxBatchingWindow` up to
   * 990 / `maxAttempts`.
   * @default - 10 where the measurements of the model say that stacking pays, otherwise 1
   */
  readonly batchSize?: number;
  /**
   * How long messages are gathered before a worker gets them: time that each job may wait for company. Whole seconds, at
   * most 5 minutes.
   * @default - none
   */
  readonly maxBatchingWindow?: Duration;
  /**
   * How many workers run at once, at most. 2 to 1,000. The brake on cost.
   * @default 10
   */
  readonly maxConcurrency?: number;
  /**
   * Most rows that jobs are stacked to in one run of the model. With 1 none are.
   * @default - the best number of rows in the measurements of the model; 1 where it has not been measured
   */
  readonly maxStackedRows?: number;
  /**
   * Concurrency reserved for the worker out of the account's. It must not be less than `maxConcurrency`.
   * @default - none
   */
  readonly reservedConcurrency?: number;
}

/** @internal The options with what follows from them. */
export interface WorkPlan {
  readonly deadline: Duration;
  readonly timeout: Duration;
  readonly batchSize: number;
  readonly maxBatchingWindow?: Duration;
  readonly maxConcurrency: number;
  readonly maxStackedRows: number;
  /** A message must not come back while a worker has it. */
  readonly visibilityTimeout: Duration;
}

/** @internal */
export function workPlan(
  options: JobWorkerOptions,
  { model, predictor }: { readonly model?: Model; readonly predictor?: IPredictor },
): WorkPlan {
  const deadline = options.deadline ?? predictor?.deadline.plus(Duration.seconds(1)) ?? Duration.seconds(10);
  const bestBatch = model?._measurements?.bestBatch ?? 1;
  const { maxBatchingWindow, maxConcurrency = 10, maxStackedRows = bestBatch } = options;
  const { batchSize = bestBatch > 1 ? 10 : 1, reservedConcurrency } = options;
  validate({ ...options, deadline, batchSize, maxConcurrency, maxStackedRows }, predictor);
  if (reservedConcurrency !== undefined && reservedConcurrency < maxConcurrency) {
    throw new Error(
      `reservedConcurrency (${reservedConcurrency}) must not be less than maxConcurrency (${maxConcurrency}): what SQS delivers and Lambda turns away counts as received, and jobs would fail that nobody ran. Lower maxConcurrency, or leave reservedConcurrency out.`,
    );
  }
  const timeout = Duration.seconds(Math.ceil((2 * deadline.toMilliseconds()) / 1000) + 1);
  const visibilityTimeout = Duration.seconds(6 * timeout.toSeconds() + (maxBatchingWindow?.toSeconds() ?? 0));
  return { deadline, timeout, batchSize, maxBatchingWindow, maxConcurrency, maxStackedRows, visibilityTimeout };
}

function validate(options: JobWorkerOptions & { readonly deadline: Duration }, predictor?: IPredictor): void {
  const { deadline, batchSize = 1, maxBatchingWindow, maxConcurrency = 10 } = options;
  const ms = deadline.toMilliseconds();
  if (ms < 50 || ms > 7 * 60_000) {
    throw new Error(`deadline must be between 50 ms and 7 minutes; got ${ms} ms. Longer work is for batch.`);
  }
  if (predictor && ms <= predictor.deadline.toMilliseconds()) {
    throw new Error(
      `deadline (${ms} ms) must be longer than that of the predictor (${predictor.deadline.toMilliseconds()} ms), which the worker waits for`,
    );
  }
  const { maxStackedRows, reservedConcurrency } = options;
  validateCounts({ batchSize, maxConcurrency, maxStackedRows, reservedConcurrency });
  const window = maxBatchingWindow?.toSeconds() ?? 0;
  if (window > 300) throw new Error(`maxBatchingWindow must be at most 5 minutes; got ${window} s`);
  const most = window > 0 ? 10_000 : 10;
  if (!Token.isUnresolved(batchSize) && batchSize > most) {
    const wayOut = most === 10 ? ' without a maxBatchingWindow' : '';
    throw new Error(`batchSize must be at most ${most.toLocaleString('en')}${wayOut}; got ${batchSize}`);
  }
  if (!Token.isUnresolved(maxConcurrency) && (maxConcurrency < 2 || maxConcurrency > 1000)) {
    throw new Error(`maxConcurrency must be from 2 to 1,000, which is what SQS takes; got ${maxConcurrency}`);
  }
}
