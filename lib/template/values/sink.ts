import { EventBus } from 'aws-cdk-lib/aws-events';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { ResultSink } from '../../index';
import { type Place, valueType } from './value-type';

/** Who receives results, by its ARN, which says what it is. */
export const sinkValue = valueType<string, ResultSink>({
  schema: {
    type: 'string',
    pattern:
      '^arn:[^:]+:(sns|sqs):[^:]+:[0-9]{12}:[\\w-]+$|^arn:[^:]+:events:[^:]+:[0-9]{12}:event-bus/.+$|^arn:[^:]+:s3:::.+$',
  },
  allowed: 'the ARN of an SNS topic, an event bus, an SQS queue or a bucket (arn:aws:s3:::<bucket>/<prefix>)',
  toCdk: sinkOf,
});

function sinkOf(arn: string, { scope, id }: Place): ResultSink {
  switch (arn.split(':')[2]) {
    case 'sns':
      return ResultSink.topic(Topic.fromTopicArn(scope, id, arn));
    case 'sqs':
      return ResultSink.queue(Queue.fromQueueArn(scope, id, arn));
    case 'events':
      return ResultSink.eventBus(EventBus.fromEventBusArn(scope, id, arn));
    default: {
      const [bucket = '', ...prefix] = arn.split(':::')[1]?.split('/') ?? [];
      return ResultSink.bucket(Bucket.fromBucketName(scope, id, bucket), prefix.join('/') || undefined);
    }
  }
}
