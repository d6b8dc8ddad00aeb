import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Bucket, HttpMethods } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledgements';
import { privateBucket } from '../functions/private-bucket';

/** How payloads are kept. */
export interface PayloadBucketSpec {
  /** Longest life of a job and of what it leaves. */
  readonly lifetime: Duration;
  readonly encryptionKey?: IKey;
  /** Origin of the pages that upload to it. */
  readonly corsOrigin?: string;
}

/**
 * The bucket for inputs and results. It is kept when its stack goes, as results are, and a bucket that holds something
 * cannot be deleted anyway; what it holds expires.
 */
export function addPayloadBucket(scope: Construct, spec: PayloadBucketSpec): Bucket {
  const { encryptionKey, corsOrigin } = spec;
  const expiration = Duration.days(Math.max(1, Math.ceil(spec.lifetime.toMilliseconds() / 86_400_000)));
  const bucket = new Bucket(scope, 'PayloadBucket', {
    ...privateBucket(encryptionKey),
    lifecycleRules: ['jobs/', 'uploads/'].map((prefix) => ({
      prefix,
      expiration,
      abortIncompleteMultipartUploadAfter: Duration.days(1),
    })),
    cors: corsOrigin
      ? [{ allowedOrigins: [corsOrigin], allowedMethods: [HttpMethods.GET, HttpMethods.PUT], allowedHeaders: ['*'] }]
      : undefined,
  });
  acknowledge(bucket, 'payloadBucket');
  return bucket;
}
