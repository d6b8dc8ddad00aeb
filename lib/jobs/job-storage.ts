import { Duration, Size, Stack } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { JOB_ENV } from '../../lambdas/shared/contract';
import type { PlacementOptions } from '../functions/placement-options';
import { type JobOptions, validateJobOptions } from './job-options';
import { JobTable } from './job-table';
import { addPayloadBucket } from './payload-bucket';

/** What functions are told of jobs, by the name in `JOB_ENV`. */
export type JobSettings = Partial<Record<keyof typeof JOB_ENV, string>>;

export interface JobStorage {
  readonly table: ITable;
  readonly payloadBucket: IBucket;
  readonly jobTimeout: Duration;
  readonly resultRetention: Duration;
  readonly maxAttempts: number;
  readonly settings: JobSettings;
}

interface JobStorageSpec extends JobOptions, PlacementOptions {
  /** Origin of the pages that upload large inputs. */
  readonly corsOrigin?: string;
}

/** What jobs are kept in, and what every function that knows jobs is told of it. */
export function addJobStorage(scope: Construct, props: JobStorageSpec): JobStorage {
  validateJobOptions(props);
  const { encryptionKey, maxAttempts = 3, resultRetention = DEFAULT_RETENTION, jobTimeout = Duration.hours(1) } = props;
  const table = props.table ?? new JobTable(scope, 'Table', { encryptionKey });
  const payloadBucket =
    props.payloadBucket ??
    addPayloadBucket(scope, {
      ...props,
      // A job may be retried as long as it is kept, and then needs its input once more.
      lifetime: jobTimeout.plus(resultRetention).plus(jobTimeout),
      encryptionKey,
    });
  const settings = {
    table: table.tableName,
    payloadBucket: payloadBucket.bucketName,
    inlineBytes: `${(props.inlineSize ?? DEFAULT_INLINE).toBytes()}`,
    maxUploadBytes: `${(props.maxUploadSize ?? Size.mebibytes(100)).toBytes()}`,
    jobTimeoutMs: `${jobTimeout.toMilliseconds()}`,
    retentionMs: `${resultRetention.toMilliseconds()}`,
    maxAttempts: `${maxAttempts}`,
    sinks: Stack.of(scope).toJsonString((props.sinks ?? []).map(({ _settings }) => _settings)),
  };
  return { jobTimeout, maxAttempts, payloadBucket, resultRetention, settings, table };
}

/** A failure of a Friday evening is still there on Monday. */
const DEFAULT_RETENTION = Duration.days(7);
export const DEFAULT_INLINE = Size.kibibytes(8);
