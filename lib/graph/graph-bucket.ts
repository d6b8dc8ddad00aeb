import { Duration, Stack } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import { ENV, GRAPH_PREFIX } from '../../lambdas/shared/contract';
import { acknowledge } from '../acknowledgements';
import { privateBucket } from '../functions/private-bucket';
import { grantObjects } from '../jobs/grant-objects';
import type { IPredictor } from '../predictor/predictor-ref';

const ID = 'GraphPayloads';

/**
 * The bucket for what is too large for the state machines of a stack: one for all graphs, since a predictor that is a step
 * of two knows one bucket. What it holds expires within a day; it is kept when its stack goes, for a bucket that holds
 * something cannot be deleted. The first graph says with which key it is encrypted.
 */
export function graphBucketOf(scope: IConstruct, encryptionKey?: IKey): IBucket {
  const stack = Stack.of(scope);
  const existing = stack.node.tryFindChild(ID) as Bucket | undefined;
  if (existing) return existing;
  const bucket = new Bucket(stack, ID, {
    ...privateBucket(encryptionKey),
    lifecycleRules: [
      { prefix: GRAPH_PREFIX, expiration: Duration.days(1), abortIncompleteMultipartUploadAfter: Duration.days(1) },
    ],
  });
  acknowledge(bucket, 'payloadBucket');
  return bucket;
}

/** Let a step of a graph use the bucket. */
export function useGraphBucket(predictor: IPredictor, bucket: IBucket): void {
  if (Stack.of(predictor) !== Stack.of(bucket)) {
    throw new Error(
      `steps must be in the stack of their graph, where large tensors lie; ${predictor.node.path} is in another one`,
    );
  }
  if (!predictor._useGraphBucket) {
    throw new Error(`steps must be predictors of this package; got ${predictor.node.path}`);
  }
  predictor._useGraphBucket(bucket);
}

const granted = new WeakSet<LambdaFunction>();

/** Let a function read and leave objects of graphs. */
export function grantGraphBucket(handler: LambdaFunction, role: IRole, bucket: IBucket): void {
  if (granted.has(handler)) return;
  granted.add(handler);
  handler.addEnvironment(ENV.graphBucket, bucket.bucketName);
  grantObjects(role, 's3:GetObject', bucket, [GRAPH_PREFIX]);
  grantObjects(role, 's3:PutObject', bucket, [GRAPH_PREFIX]);
  bucket.encryptionKey?.grantEncryptDecrypt(role);
}
