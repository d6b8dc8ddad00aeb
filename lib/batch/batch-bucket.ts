import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledgements';
import { privateBucket } from '../functions/private-bucket';

/** A bucket for files of rows. It is kept when its stack goes: what is in it is what all this is for. */
export function addBatchBucket(scope: Construct, id: string, encryptionKey?: IKey): Bucket {
  const bucket = new Bucket(scope, id, {
    ...privateBucket(encryptionKey),
    lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
  });
  acknowledge(bucket, 'batchBucket');
  return bucket;
}
