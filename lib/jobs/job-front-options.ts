import { Duration, type Size } from 'aws-cdk-lib';
import { validateMaxBodySize } from '../predictor/model-function-options';

/** How jobs are accepted; every option has a default. */
export interface JobFrontOptions {
  /**
   * Longest time until the answer of the API: that a job was accepted, or its result, for a client that says how long it
   * would wait (`Prefer: wait=5`). At least 500 ms, at most 29 s.
   * @default - 10 s
   */
  readonly submitDeadline?: Duration;
  /**
   * Memory of the function that accepts jobs.
   * @default Size.mebibytes(1024)
   */
  readonly submitMemory?: Size;
  /**
   * Largest request body, at most 4.4 MiB; a larger one gets a 413 and is for an upload. Lambda takes 6 MB, and the
   * gateway hands bodies over as base64, which makes them a third larger.
   * @default Size.mebibytes(4)
   */
  readonly maxBodySize?: Size;
}

/** @internal */
export function submitDeadlineOf(options: JobFrontOptions, whenAbsent = Duration.seconds(10)): Duration {
  validateMaxBodySize(options.maxBodySize);
  const deadline = options.submitDeadline ?? whenAbsent;
  const ms = deadline.toMilliseconds();
  if (ms < 500 || ms > 29_000) {
    throw new Error(`submitDeadline must be between 500 ms and 29 s, the limit of API Gateway; got ${ms} ms`);
  }
  return deadline;
}
