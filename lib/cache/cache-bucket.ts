import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { CACHE_PREFIX } from '../../lambdas/shared/contract';
import { acknowledge } from '../acknowledgements';
import { privateBucket } from '../functions/private-bucket';

/**
 * The bucket for entries that are larger than a row. It outlives its stack, because a bucket that holds something cannot
 * be deleted; what it holds expires.
 *
 * @param lifetime longest time that an entry is answered with
 */
export function addCacheBucket(scope: Construct, lifetime: Duration, encryptionKey?: IKey): Bucket {
  const bucket = new Bucket(scope, 'Bucket', {
    ...privateBucket(encryptionKey),
    // S3 counts in days, and an object must not go before its row.
    lifecycleRules: [
      { prefix: CACHE_PREFIX, expiration: Duration.days(Math.ceil(lifetime.toMilliseconds() / DAY_MS) + 1) },
    ],
  });
  acknowledge(bucket, 'cacheBucket');
  return bucket;
}

const DAY_MS = 86_400_000;
