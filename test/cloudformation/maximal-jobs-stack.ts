import { Duration, Size, type Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  Aggregation,
  Asynchronous,
  AsynchronousHorizontal,
  Dependency,
  JobTable,
  Model,
  MultipleStage,
  OnFastFailure,
  ParallelPolicy,
  Predictor,
  ResultSink,
} from '../../lib';

/** Every option of the constructs of jobs at least once. */
export function addMaximalJobs(stack: Stack): void {
  const encryptionKey = new Key(stack, 'Key');
  const digits = Model.fromAsset('models/digits');
  const fast = Model.fromAsset('models/digits-fast');
  new Asynchronous(stack, 'Jobs', {
    model: digits,
    encryptionKey,
    maxAttempts: 5,
    jobTimeout: Duration.hours(3),
    resultRetention: Duration.days(7),
    inlineSize: Size.kibibytes(16),
    maxUploadSize: Size.gibibytes(1),
    sinks: [
      ResultSink.topic(new Topic(stack, 'SinkTopic')),
      ResultSink.eventBus(new EventBus(stack, 'SinkBus')),
      ResultSink.queue(new Queue(stack, 'SinkQueue')),
      ResultSink.bucket(new Bucket(stack, 'SinkBucket'), 'digits/'),
    ],
    sweepInterval: Duration.minutes(2),
    deadline: Duration.seconds(20),
    batchSize: 50,
    maxBatchingWindow: Duration.seconds(5),
    maxConcurrency: 20,
    maxStackedRows: 64,
    reservedConcurrency: 20,
    submitDeadline: Duration.seconds(5),
    submitMemory: Size.mebibytes(2048),
    maxBodySize: Size.mebibytes(2),
    corsOrigin: 'https://example.org',
  });
  const queue = new Queue(stack, 'Ordered', { fifo: true, visibilityTimeout: Duration.minutes(5) });
  const predictor = new Predictor(stack, 'Better', { model: digits });
  new Asynchronous(stack, 'OrderedJobs', { predictor, queue, table: new JobTable(stack, 'OwnTable') });
  new MultipleStage(stack, 'Stages', {
    model: digits,
    fast,
    fastDeadline: Duration.seconds(1),
    onFastFailure: OnFastFailure.FAIL,
  });
  new AsynchronousHorizontal(stack, 'Jury', {
    encryptionKey,
    models: [
      { name: 'fast', model: fast, weight: 2, dependency: Dependency.SOFT, memory: Size.mebibytes(1024) },
      { name: 'better', model: digits, inputs: { image: 'request.image' }, deadline: Duration.seconds(20) },
      { name: 'asked', predictor, maxConcurrency: 4 },
    ],
    aggregation: Aggregation.weighted(),
    policy: ParallelPolicy.WAIT,
    quorum: 2,
    gatherMemory: Size.mebibytes(1024),
    modelName: 'jury',
    modelVersion: '2.0.0',
    sinks: [ResultSink.queue(new Queue(stack, 'Heard'))],
    jobTimeout: Duration.minutes(20),
    maxBatchingWindow: Duration.seconds(1),
    batchSize: 20,
  });
}
