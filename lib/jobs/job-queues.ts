import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type DeadLetterQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

export interface JobQueueSpec {
  readonly visibilityTimeout?: Duration;
  /** Default: 14 days. */
  readonly retentionPeriod?: Duration;
  readonly deadLetterQueue?: DeadLetterQueue;
  readonly encryptionKey?: IKey;
}

/** A queue that only TLS reaches, encrypted, whose messages stay as long as SQS lets them. */
export function addQueue(scope: Construct, id: string, spec: JobQueueSpec): Queue {
  const { encryptionKey } = spec;
  return new Queue(scope, id, {
    retentionPeriod: spec.retentionPeriod ?? Duration.days(14),
    visibilityTimeout: spec.visibilityTimeout,
    deadLetterQueue: spec.deadLetterQueue,
    enforceSSL: true,
    encryption: encryptionKey ? QueueEncryption.KMS : QueueEncryption.SQS_MANAGED,
    encryptionMasterKey: encryptionKey,
  });
}
