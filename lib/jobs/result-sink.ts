import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { SinkSettings } from '../../lambdas/shared/contract';
import { grantObjects } from './grant-objects';

/** Who receives the result of every job, beside the one who asks for it: no poll is needed. */
export class ResultSink {
  /** A message to a topic. */
  public static topic(topic: ITopic): ResultSink {
    refuseFifo('topic', topic.fifo ?? false);
    return new ResultSink({ kind: 'sns', topicArn: topic.topicArn }, (grantee) => {
      topic.grantPublish(grantee);
    });
  }

  /** An event with the source `cdk-ml-serving` and the type `Job ended`. */
  public static eventBus(bus: IEventBus): ResultSink {
    return new ResultSink({ kind: 'eventbridge', busName: bus.eventBusName }, (grantee) => {
      Grant.addToPrincipal({ grantee, actions: ['events:PutEvents'], resourceArns: [bus.eventBusArn] });
    });
  }

  /** A message to a queue. */
  public static queue(queue: IQueue): ResultSink {
    refuseFifo('queue', queue.fifo);
    return new ResultSink({ kind: 'sqs', queueUrl: queue.queueUrl }, (grantee) => {
      Grant.addToPrincipal({ grantee, actions: ['sqs:SendMessage'], resourceArns: [queue.queueArn] });
      useKey(queue.encryptionMasterKey, grantee);
    });
  }

  /**
   * An object `<prefix><job>.json` in a bucket.
   *
   * @param bucket the bucket
   * @param prefix what keys begin with
   */
  public static bucket(bucket: IBucket, prefix = 'results/'): ResultSink {
    if (/[*?]|\$\{(?!Token)/.test(prefix)) {
      throw new Error(
        `sinks: the prefix of a bucket must not hold "*", "?" or "\${"; got ${JSON.stringify(prefix)}, which a policy would take for a pattern`,
      );
    }
    return new ResultSink({ kind: 's3', bucket: bucket.bucketName, prefix }, (grantee) => {
      grantObjects(grantee, 's3:PutObject', bucket, [prefix]);
      useKey(bucket.encryptionKey, grantee);
    });
  }

  private constructor(
    /** @internal What the functions are told of it. */
    public readonly _settings: SinkSettings,
    private readonly allow: (grantee: IGrantable) => void,
  ) {}

  /** Allow `grantee` to send results to it. */
  public grantSend(grantee: IGrantable): void {
    this.allow(grantee);
  }
}

function useKey(key: IKey | undefined, grantee: IGrantable): void {
  key?.grant(grantee, 'kms:Decrypt', 'kms:GenerateDataKey');
}

/** Results end in no order that could be kept. */
function refuseFifo(kind: string, fifo: boolean): void {
  if (fifo) throw new Error(`sinks: a ${kind} for results must not be FIFO, because jobs end in no order`);
}
