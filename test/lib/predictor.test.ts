import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { type App, Duration, Size } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, test } from 'vitest';
import { EMULATOR_CONTEXT, Model, ModelSource, Predictor } from '../../lib';
import { fixture, newStack } from './stack';

const iris = () => Model.fromAsset('models/iris');

describe('a predictor with all defaults', () => {
  const stack = newStack();
  const predictor = new Predictor(stack, 'Iris', { model: iris() });
  const template = Template.fromStack(stack);

  test('is a Node.js 24 function on arm64 with one layer', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: 1769,
      Layers: [Match.anyValue()],
      ReservedConcurrentExecutions: Match.absent(),
      VpcConfig: Match.absent(),
    });
    template.resourceCountIs('AWS::Lambda::LayerVersion', 1);
  });

  test('[X.4] the function ends after its deadline: rounded up, plus one second', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Timeout: 11,
      Environment: { Variables: Match.objectLike({ SERVING_DEADLINE_MS: '10000' }) },
    });
  });

  test('may write its own logs and nothing else', () => {
    const statements = Object.values(template.findResources('AWS::IAM::Policy')).flatMap(
      (policy) => policy.Properties.PolicyDocument.Statement,
    );
    expect(statements).toEqual([
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: stack.resolve(predictor.logGroup.logGroupArn),
      },
    ]);
    template.hasResourceProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent() });
  });

  test('[1.4] the self-test of the new version runs before the alias moves', () => {
    const [trigger] = Object.keys(template.findResources('Custom::Trigger'));
    const alias = Object.values(template.findResources('AWS::Lambda::Alias'))[0];
    const version = Object.keys(template.findResources('AWS::Lambda::Version'))[0];
    expect(alias?.DependsOn).toContain(trigger);
    expect(alias?.Properties).toMatchObject({ Name: 'live', FunctionVersion: { 'Fn::GetAtt': [version, 'Version'] } });
    template.hasResourceProperties('Custom::Trigger', {
      HandlerArn: { Ref: version },
      InvocationType: 'RequestResponse',
    });
  });

  test('[X.6] logs and versions outlive the stack', () => {
    template.hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'Retain', Properties: { RetentionInDays: 30 } });
    template.hasResource('AWS::Lambda::Version', { DeletionPolicy: 'Retain' });
  });
});

describe('every option', () => {
  const stack = newStack();
  const vpc = new Vpc(stack, 'Vpc');
  const key = new Key(stack, 'Key');
  const securityGroup = new SecurityGroup(stack, 'Group', { vpc });
  const bucket = new Bucket(stack, 'Bucket');
  const model = iris();
  new Predictor(stack, 'Iris', {
    model: Model.fromDirectory('models/iris', ModelSource.fromBucket(bucket, 'iris/1.onnx', model.card.sha256)),
    serviceName: 'flowers',
    deadline: Duration.millis(2500),
    memory: Size.mebibytes(512),
    architecture: Architecture.X86_64,
    reservedConcurrency: 9,
    provisionedConcurrency: 2,
    maxProvisionedConcurrency: 9,
    maxBodySize: Size.kibibytes(64),
    encryptionKey: key,
    vpc,
    securityGroups: [securityGroup],
  });
  const template = Template.fromStack(stack);

  test('[X.7] reaches the function', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Timeout: 4,
      MemorySize: 512,
      Architectures: ['x86_64'],
      ReservedConcurrentExecutions: 9,
      KmsKeyArn: stack.resolve(key.keyArn),
      VpcConfig: { SecurityGroupIds: [stack.resolve(securityGroup.securityGroupId)] },
      Environment: {
        Variables: Match.objectLike({
          SERVING_SERVICE: 'flowers',
          SERVING_MAX_BODY_BYTES: '65536',
          SERVING_MODEL_KEY: 'iris/1.onnx',
        }),
      },
    });
    template.hasResourceProperties('AWS::Logs::LogGroup', { KmsKeyId: stack.resolve(key.keyArn) });
    template.hasResourceProperties('AWS::Lambda::Alias', {
      ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 },
    });
    template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', { MinCapacity: 2, MaxCapacity: 9 });
  });

  test('a model in S3 may be read by its key alone', () => {
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 's3:GetObject',
            Resource: { 'Fn::Join': ['', [stack.resolve(bucket.bucketArn), '/iris/1.onnx']] },
          }),
        ]),
      },
    });
  });
});

test('two predictors in one stack share one layer and differ in name, function and revision', () => {
  const stack = newStack();
  const a = new Predictor(stack, 'A', { model: iris() });
  const b = new Predictor(stack, 'B', { model: Model.fromAsset(fixture('iris-v2')) });
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::Lambda::LayerVersion', 1);
  template.resourceCountIs('AWS::Lambda::Alias', 2);
  expect(a.serviceName).not.toBe(b.serviceName);
  expect(a.revision).not.toBe(b.revision);
});

test('the revision is the same for the same model and code', () => {
  expect(new Predictor(newStack(), 'A', { model: iris() }).revision).toBe(
    new Predictor(newStack(), 'B', { model: iris() }).revision,
  );
});

test('on an emulator the layer and the architecture are those of its host', () => {
  const stack = newStack({ [EMULATOR_CONTEXT.platform]: `${process.platform}-${process.arch}` });
  new Predictor(stack, 'Iris', { model: iris() });
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
    Architectures: [process.arch === 'x64' ? 'x86_64' : 'arm64'],
  });
});

test('on an emulator without layers the function carries what is in the layer, under the same revision', () => {
  const context = { [EMULATOR_CONTEXT.platform]: 'linux-x64', [EMULATOR_CONTEXT.layersInCode]: 'true' };
  const [onAws, onEmulator] = [newStack(), newStack(context)].map((stack) => {
    const { revision } = new Predictor(stack, 'Iris', { model: iris() });
    const { directory } = (stack.node.root as App).synth();
    const code = readdirSync(directory).find((name) => existsSync(path.join(directory, name, 'model'))) ?? '';
    const runtime = path.join(directory, code, 'node_modules/onnxruntime-node/bin/napi-v6/linux/x64');
    return { revision, code, carries: existsSync(runtime) };
  });
  expect([onAws?.carries, onEmulator?.carries]).toEqual([false, true]);
  expect(onEmulator?.revision).toBe(onAws?.revision);
  expect(onEmulator?.code).not.toBe(onAws?.code);
});

test('metrics have the namespace, the name and the dimensions that handlers emit', () => {
  const predictor = new Predictor(newStack(), 'Iris', { model: iris(), serviceName: 'flowers' });
  expect(predictor.metric('Latency', { statistic: 'p99' })).toMatchObject({
    namespace: 'CdkMlServing',
    metricName: 'Latency',
    dimensions: { service: 'flowers', model: 'iris' },
  });
  expect(() => predictor.metric('Latencies')).toThrow(/No metric "Latencies"; a predictor emits Requests, Latency/);
});

test.each([
  [{ deadline: Duration.millis(10) }, /deadline must be between 50 ms and 14 minutes; got 10 ms/],
  [{ deadline: Duration.hours(1) }, /got 3600000 ms\. Longer work is for batch/],
  [{ memory: Size.mebibytes(64) }, /memory must be between 128 MiB and 10,240 MiB; got 64 MiB/],
  [{ maxBodySize: Size.mebibytes(20) }, /maxBodySize must be between 1 KiB and 4.4 MiB; got 20971520 bytes/],
  [{ maxProvisionedConcurrency: 3 }, /needs a provisionedConcurrency that is not greater; got none/],
  [
    { provisionedConcurrency: 4, reservedConcurrency: 3 },
    /provisionedConcurrency \(4\) must not be greater than reserved/,
  ],
  [{ reservedConcurrency: 1.5 }, /reservedConcurrency must be a whole number greater than 0; got 1\.5/],
  [{ provisionedConcurrency: 4, maxProvisionedConcurrency: 3 }, /\(3\) needs .*; got 4/],
])('a wrong option is refused with the value it got: %j', (options, message) => {
  expect(() => new Predictor(newStack(), 'Iris', { model: iris(), ...options })).toThrow(message);
});
