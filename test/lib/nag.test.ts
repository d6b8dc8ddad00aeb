import { type App, type Stack, Validations } from 'aws-cdk-lib';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import {
  Asynchronous,
  Auth,
  MicroserviceHorizontal,
  MicroserviceVertical,
  Model,
  MultipleStage,
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
