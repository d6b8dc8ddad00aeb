import { type App, Duration, Size, type Stack, Validations } from 'aws-cdk-lib';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import {
  Asynchronous,
  AsynchronousHorizontal,
  Auth,
  Batch,
  BatchSchedule,
  DataCache,
  DataStore,
  Fallback,
  MicroserviceHorizontal,
  MicroserviceVertical,
  Model,
  MultipleStage,
  PredictionCache,
  PredictionCircuitBreak,
  Predictor,
  PreprocessPrediction,
  ResultSink,
  Synchronous,
  Transform,
  WebSingle,
} from '../../lib';
import { newStack } from './stack';

/** What cdk-nag says of a stack. */
function check(build: (stack: Stack) => void): () => void {
  const stack = newStack();
  const app = stack.node.root as App;
  build(stack);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
  Validations.of(app).addPlugins(new ServerlessChecks(app, { verbose: true }));
  return () => app.synth();
}

const iris = () => Model.fromAsset('models/iris');

test('cdk-nag finds nothing that is not acknowledged with a reason', () => {
  const synth = check((stack) => {
    new WebSingle(stack, 'Iris', { model: iris() });
    new Synchronous(stack, 'Digits', { model: Model.fromAsset('models/digits'), accessLogs: true, auth: Auth.iam() });
    new Predictor(stack, 'Alone', { model: iris() });
    const pool = UserPool.fromUserPoolId(stack, 'Pool', 'eu-west-1_abc');
    new WebSingle(stack, 'Cognito', { model: iris(), auth: Auth.cognito(pool) });
    const jwt = Auth.jwt({ issuer: 'https://issuer.example', audience: ['models'] });
    new WebSingle(stack, 'Jwt', { model: iris(), auth: jwt.withApiKey() });
  });
  expect(synth).not.toThrow();
});

test('cdk-nag finds nothing in services with jobs that is not acknowledged with a reason', () => {
  const synth = check((stack) => {
    const digits = Model.fromAsset('models/digits');
    const queue = Queue.fromQueueArn(stack, 'Queue', 'arn:aws:sqs:eu-west-1:111111111111:ordered.fifo');
    new Asynchronous(stack, 'Jobs', { model: digits });
    new Asynchronous(stack, 'Ordered', { model: digits, queue });
    const bucket = Bucket.fromBucketName(stack, 'Results', 'results');
    const fast = Model.fromAsset('models/digits-fast');
    new MultipleStage(stack, 'Stages', { model: digits, fast, sinks: [ResultSink.bucket(bucket)] });
    const models = [{ model: digits }, { model: fast }];
    new AsynchronousHorizontal(stack, 'Jury', { models, sinks: [ResultSink.bucket(bucket, 'jury/')] });
  });
  expect(synth).not.toThrow();
});

test('cdk-nag finds nothing in services with caches that is not acknowledged with a reason', () => {
  const synth = check((stack) => {
    new PredictionCache(stack, 'Answers', {
      model: iris(),
      maxEntrySize: Size.mebibytes(2),
      staleWhileRevalidate: Duration.minutes(1),
    });
    new DataCache(stack, 'Data', { model: iris(), prepared: true, refreshEvery: Duration.hours(1) });
    const store = DataStore.bucket(Bucket.fromBucketName(stack, 'Users', 'users'), { prefix: 'users/' });
    new DataCache(stack, 'Objects', { model: iris(), store, prepared: true });
  });
  expect(synth).not.toThrow();
});

test('cdk-nag finds nothing in a batch that is not acknowledged with a reason', () => {
  const synth = check((stack) => {
    const schedule = BatchSchedule.cron('0 2 * * ? *');
    new Batch(stack, 'Nightly', { model: iris(), schedule, input: 'days/{date}/' });
    const bucket = Bucket.fromBucketName(stack, 'Data', 'data');
    new Batch(stack, 'Own', { model: iris(), inputBucket: bucket, outputBucket: bucket, input: 'rows.csv' });
  });
  expect(synth).not.toThrow();
});

test('cdk-nag finds nothing in a circuit break that is not acknowledged with a reason', () => {
  const synth = check((stack) => {
    const fallback = Fallback.lastResult();
    new PredictionCircuitBreak(stack, 'Break', { model: iris(), maxConcurrency: 5, fallback, throttledResponse: {} });
  });
  expect(synth).not.toThrow();
});

test('cdk-nag finds nothing in graphs that is not acknowledged with a reason', () => {
  const synth = check((stack) => {
    const [digits, fast] = ['digits', 'digits-fast'].map((name) => Model.fromAsset(`models/${name}`)) as [Model, Model];
    new MicroserviceVertical(stack, 'Vertical', { stages: [{ name: 'fast', model: fast }] });
    new MicroserviceHorizontal(stack, 'Horizontal', { models: [{ model: digits }, { model: fast }] });
    const transform = Transform.fromAsset('examples/transforms/paper');
    const retrieve = Transform.fromAsset('examples/transforms/archive');
    new PreprocessPrediction(stack, 'Preprocess', { model: digits, transform, retrieve });
  });
  expect(synth).not.toThrow();
});

test.each([
  ['none', Auth.none()],
  ['an API key alone', Auth.apiKey()],
])('[X.8] %s is no authentication: whoever deploys it acknowledges that', (_, auth) => {
  expect(check((stack) => new WebSingle(stack, 'Iris', { model: iris(), auth }))).toThrow(/APIG4/);
});
