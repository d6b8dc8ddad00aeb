import type { Duration, Size } from 'aws-cdk-lib';
import {
  type ModelFunctionOptions,
  validateCounts,
  validateMaxBodySize,
  validateModelFunctionOptions,
} from './model-function-options';
import type { PayloadLog } from './payload-log';

/** How the function of a predictor runs; every one has a default. */
export interface PredictorOptions extends ModelFunctionOptions {
  /**
   * Name of the service in logs and metrics.
   * @default - a name made from the construct's path
   */
  readonly serviceName?: string;
  /**
   * Longest time to an answer, from the arrival of the request. The function's timeout is this, rounded up to whole
   * seconds, plus one. At least 50 ms, at most 14 minutes; behind an API at most 29 s.
   * @default Duration.seconds(10)
   */
  readonly deadline?: Duration;
  /**
   * Most requests that run at once, reserved out of the account's concurrency; the next one gets a prompt 503.
   * @default - none: the account's concurrency, with no reservation (a reservation fails in accounts that are new)
   */
  readonly reservedConcurrency?: number;
  /**
   * Environments that are kept initialised, so that no request meets a cold start. Billed all the time.
   * @default - none
   */
  readonly provisionedConcurrency?: number;
  /**
   * With more than `provisionedConcurrency`, the number scales between the two at 70 % utilisation.
   * @default - no scaling
   */
  readonly maxProvisionedConcurrency?: number;
  /**
   * Largest request body, at most 4.4 MiB; a larger one gets a 413. Lambda takes 6 MB, and the gateway hands bodies over
   * as base64, which makes them a third larger.
   * @default Size.mebibytes(4)
   */
  readonly maxBodySize?: Size;
  /**
   * Which inputs and outputs are written to the log.
   * @default - none: logs hold no payload
   */
  readonly payloadLog?: PayloadLog;
}

/** @internal Limits of Lambda, checked where the message can say what to do. */
export function validatePredictorOptions(deadline: Duration, props: PredictorOptions): void {
  const ms = deadline.toMilliseconds();
  if (ms < 50 || ms > 14 * 60_000) {
    throw new Error(`deadline must be between 50 ms and 14 minutes; got ${ms} ms. Longer work is for batch.`);
  }
  validateModelFunctionOptions(props);
  validateMaxBodySize(props.maxBodySize);
  const { reservedConcurrency, provisionedConcurrency: least, maxProvisionedConcurrency: most } = props;
  validateCounts({ reservedConcurrency, provisionedConcurrency: least, maxProvisionedConcurrency: most });
  if (reservedConcurrency !== undefined && (most ?? least ?? 0) > reservedConcurrency) {
    throw new Error(
      `provisionedConcurrency (${most ?? least}) must not be greater than reservedConcurrency (${reservedConcurrency})`,
    );
  }
  if (most !== undefined && (least === undefined || most < least)) {
    throw new Error(
      `maxProvisionedConcurrency (${most}) needs a provisionedConcurrency that is not greater; got ${least ?? 'none'}`,
    );
  }
}
