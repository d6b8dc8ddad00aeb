import { type Duration, type Size, Token } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Architecture } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Hook } from './hook';
import type { PayloadLog } from './payload-log';

/** How the function of a predictor runs; every one has a default. */
export interface PredictorOptions {
  /**
   * Name of the service in logs and metrics.
   * @default - a name made from the construct's path
   */
  readonly serviceName?: string;
  /**
   * Code of yours that makes the inputs of the model from what the client sends to `POST /predict`. It runs with the
   * function's role.
   * @default - none: rows, and images where the model card has `image`
   */
  readonly preprocess?: Hook;
  /**
   * Code of yours that makes the answer of `POST /predict` from the outputs of the model. It runs with the function's
   * role.
   * @default - none: predictions row by row
   */
  readonly postprocess?: Hook;
  /**
   * Longest time to an answer, from the arrival of the request. The function's timeout is this, rounded up to whole
   * seconds, plus one. At least 50 ms, at most 14 minutes; behind an API at most 29 s.
   * @default Duration.seconds(10)
   */
  readonly deadline?: Duration;
  /**
   * Memory of the function, 128 MiB to 10,240 MiB. The share of a CPU grows with it: one full vCPU at 1,769 MiB.
   * @default Size.mebibytes(1769)
   */
  readonly memory?: Size;
  /**
   * Size of the function's `/tmp`, 512 MiB to 10,240 MiB. A model loaded from S3 passes through it when it is larger
   * than 8 MiB. What is beyond 512 MiB is billed.
   * @default Size.mebibytes(512)
   */
  readonly ephemeralStorage?: Size;
  /**
   * Processor architecture.
   * @default Architecture.ARM_64
   */
  readonly architecture?: Architecture;
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
   * Key that encrypts the function's environment and its logs. Its policy must let CloudWatch Logs use it.
   * @default - keys owned by AWS
   */
  readonly encryptionKey?: IKey;
  /**
   * Network the function is placed in. A model loaded from S3 needs a route to S3 (gateway endpoint).
   * @default - no VPC
   */
  readonly vpc?: IVpc;
  /**
   * Subnets within the VPC.
   * @default - the private ones
   */
  readonly vpcSubnets?: SubnetSelection;
  /**
   * Security groups within the VPC.
   * @default - a new one
   */
  readonly securityGroups?: ISecurityGroup[];
  /**
   * How long logs are kept.
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;
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
  const mebibytes = props.memory?.toMebibytes();
  if (mebibytes !== undefined && !Token.isUnresolved(mebibytes) && (mebibytes < 128 || mebibytes > 10_240)) {
    throw new Error(`memory must be between 128 MiB and 10,240 MiB; got ${mebibytes} MiB`);
  }
  const storage = props.ephemeralStorage?.toMebibytes();
  if (storage !== undefined && !Token.isUnresolved(storage) && (storage < 512 || storage > 10_240)) {
    throw new Error(`ephemeralStorage must be between 512 MiB and 10,240 MiB; got ${storage} MiB`);
  }
  const body = props.maxBodySize?.toBytes();
  if (body !== undefined && (body < 1024 || body > 4.4 * 1024 * 1024)) {
    throw new Error(
      `maxBodySize must be between 1 KiB and 4.4 MiB; got ${body} bytes. Larger inputs are for asynchronous.`,
    );
  }
  const { reservedConcurrency, provisionedConcurrency: least, maxProvisionedConcurrency: most } = props;
  const counts = { reservedConcurrency, provisionedConcurrency: least, maxProvisionedConcurrency: most };
  for (const [name, count] of Object.entries(counts)) {
    // None at all would refuse the self-test of the release too.
    if (count !== undefined && !Token.isUnresolved(count) && !(Number.isInteger(count) && count > 0)) {
      throw new Error(`${name} must be a whole number greater than 0; got ${count}`);
    }
  }
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
