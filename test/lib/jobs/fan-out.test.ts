import { Duration, Size } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, test } from 'vitest';
import { Aggregation, AsynchronousHorizontal, type AsynchronousHorizontalProps, Model, Predictor } from '../../../lib';
import { newStack } from '../stack';
import { allowed, environmentOf } from './job-stack';

const digits = () => Model.fromAsset('models/digits');
const fast = () => Model.fromAsset('models/digits-fast');
const linear = () => Model.fromAsset('models/digits-linear');
const two = () => [
  { name: 'fast', model: fast() },
  { name: 'better', model: digits() },
];

function horizontal(options: Partial<AsynchronousHorizontalProps> = {}) {
  const stack = newStack();
  const service = new AsynchronousHorizontal(stack, 'Digits', { serviceName: 'digits', models: two(), ...options });
  return { stack, service, template: Template.fromStack(stack) };
}

describe('a job that several models answer', () => {
  const { service, stack, template } = horizontal();
  const { jobs } = service;
  const lane = (name: string) => jobs.lanes[name] as (typeof jobs.lanes)[string];

  test('[7.5] the topic is encrypted, refuses who comes without TLS, and hands each message to every queue as it is', () => {
    template.hasResourceProperties('AWS::SNS::Topic', {
      KmsMasterKeyId: { 'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp('alias/aws/sns$')])] },
    });
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({
            Effect: 'Deny',
            Action: 'sns:Publish',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ],
      },
    });
    template.resourceCountIs('AWS::SNS::Subscription', 2);
    for (const { exhaustedQueue, queue } of Object.values(jobs.lanes)) {
      template.hasResourceProperties('AWS::SNS::Subscription', {
        Protocol: 'sqs',
        Endpoint: stack.resolve(queue.queueArn),
        RawMessageDelivery: true,
        FilterPolicy: Match.absent(),
        // What cannot be delivered ends like what no worker takes.
        RedrivePolicy: { deadLetterTargetArn: stack.resolve(exhaustedQueue.queueArn) },
      });
      template.hasResourceProperties('AWS::SQS::QueuePolicy', {
        Queues: [stack.resolve(queue.queueUrl)],
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
            Match.objectLike({
              Effect: 'Allow',
              Action: 'sqs:SendMessage',
              Principal: { Service: 'sns.amazonaws.com' },
              Condition: { ArnEquals: { 'aws:SourceArn': stack.resolve(jobs.topic.topicArn) } },
            }),
          ]),
        },
      });
    }
  });

  test('[7.5] with a key of the user, the topic and the queues use it, and SNS may', () => {
    const stack2 = newStack();
    const encryptionKey = new Key(stack2, 'Key');
    new AsynchronousHorizontal(stack2, 'Digits', { models: two(), encryptionKey });
    const encrypted = Template.fromStack(stack2);
    const arn = stack2.resolve(encryptionKey.keyArn);
    encrypted.allResourcesProperties('AWS::SNS::Topic', { KmsMasterKeyId: arn });
    encrypted.allResourcesProperties('AWS::SQS::Queue', { KmsMasterKeyId: arn });
    encrypted.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Principal: { Service: 'sns.amazonaws.com' },
            Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
          }),
        ]),
      },
    });
  });

  test('[7.5] each function may do its part and nothing else', () => {
    const of = (role: { roleName: string }) => allowed(template, stack.resolve(role.roleName));
    const topic = [stack.resolve(jobs.topic.topicArn)];
    const queue = (name: 'queueArn', each: { queueArn: string }) => stack.resolve(each[name]);
    const front = of(service.front.role);
    expect(front['sns:Publish']).toEqual(topic);
    expect(front['sqs:SendMessage']).toBeUndefined();
    for (const { deadLetterHandler, deadLetterQueue, worker } of Object.values(jobs.lanes)) {
      const sent = [deadLetterQueue, jobs.gatherQueue].map((each) => queue('queueArn', each));
      for (const role of [worker.role, deadLetterHandler.role]) {
        expect(of(role)['sqs:SendMessage']).toEqual(sent);
        expect(of(role)['sns:Publish']).toBeUndefined();
        expect(of(role)['dynamodb:PutItem']).toBeUndefined();
      }
    }
    const gatherer = of(jobs.gatherer.role);
    expect(gatherer['sqs:SendMessage']).toBeUndefined();
    expect(gatherer['sns:Publish']).toBeUndefined();
    expect(of(jobs.sweeper.role)).toMatchObject({
      'sns:Publish': topic,
      'sqs:SendMessage': [queue('queueArn', jobs.gatherQueue)],
    });
  });

  test('[7.5] a worker is told which part is its own, and has the request of the whole beside it', () => {
    const told = environmentOf(template, stack.resolve(lane('fast').worker.function.functionName));
    expect(JSON.parse(`${told.SERVING_JOB_MEMBER}`)).toEqual({
      name: 'fast',
      model: 'digits-fast',
      endsAll: false,
      all: ['fast', 'better'],
      inputs: {},
    });
    expect(told).toMatchObject({
      SERVING_JOB_GATHER_QUEUE_URL: stack.resolve(jobs.gatherQueue.queueUrl),
      SERVING_JOB_QUEUE_URL: stack.resolve(lane('fast').queue.queueUrl),
    });
    expect(told).not.toHaveProperty('SERVING_JOB_SINKS');
    const front = environmentOf(template, stack.resolve(service.front.function.functionName));
    const members = ['fast', 'better'].map((name) => ({ name, isHard: false, endsAll: false }));
    const sweeper = environmentOf(template, stack.resolve(jobs.sweeper.function.functionName));
    for (const each of [front, sweeper]) expect(JSON.parse(`${each.SERVING_JOB_MEMBERS}`)).toEqual(members);
  });

  test('[7.5] who gathers has the answers of one job at a time', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: stack.resolve(jobs.gatherQueue.queueArn),
      BatchSize: 1,
    });
    const memoryOf = (made: ReturnType<typeof horizontal>) => {
      const { Ref: id } = made.stack.resolve(made.service.jobs.gatherer.function.functionName);
      return made.template.findResources('AWS::Lambda::Function')[id]?.Properties.MemorySize;
    };
    expect(memoryOf({ service, stack, template })).toBe(512);
    expect(memoryOf(horizontal({ gatherMemory: Size.mebibytes(2048) }))).toBe(2048);
  });

  test('[7.5] alarms watch the queues of each model, and say which', () => {
    expect(Object.keys(service.monitoring.alarms)).toEqual(
      expect.arrayContaining([
        ...['fast-QueueAgeAlarm', 'fast-DeadLetterAlarm', 'better-QueueAgeAlarm', 'better-DeadLetterAlarm'],
        ...['GatherAlarm', 'PartialAlarm', 'JobsFailedAlarm', 'SweeperAlarm', 'ApiErrorAlarm'],
      ]),
    );
    expect(service.monitoring.alarms).not.toHaveProperty('SinkAlarm');
  });

  test('[7.4] [7.5] one model more is an entry more: what the others have does not change', () => {
    const more = horizontal({ models: [{ name: 'linear', model: linear() }, ...two()] });
    const idsOf = (each: Template, type: string) => Object.keys(each.findResources(type));
    for (const type of ['AWS::SQS::Queue', 'AWS::DynamoDB::Table', 'AWS::SNS::Topic', 'AWS::S3::Bucket']) {
      expect(idsOf(more.template, type)).toEqual(expect.arrayContaining(idsOf(template, type)));
    }
    expect(idsOf(more.template, 'AWS::SQS::Queue')).toHaveLength(idsOf(template, 'AWS::SQS::Queue').length + 3);
    more.template.resourceCountIs('AWS::SNS::Subscription', 3);
  });

  test('two in one stack do not meet', () => {
    const both = newStack();
    new AsynchronousHorizontal(both, 'A', { models: two() });
    new AsynchronousHorizontal(both, 'B', { models: two() });
    Template.fromStack(both).resourceCountIs('AWS::SNS::Topic', 2);
  });

  test('a predictor among the models is asked by its worker, which has no model', () => {
    const other = newStack();
    const predictor = new Predictor(other, 'Linear', { model: linear(), deadline: Duration.seconds(4) });
    const models = [...two(), { name: 'linear', predictor }];
    // What is said of models is not said of predictors, which have a deadline of their own.
    const made = new AsynchronousHorizontal(other, 'Digits', { models, deadline: Duration.seconds(2) });
    const { worker } = made.jobs.lanes.linear as (typeof jobs.lanes)[string];
    expect(worker.alias).toBeUndefined();
    expect(environmentOf(Template.fromStack(other), other.resolve(worker.function.functionName))).toMatchObject({
      SERVING_PREDICTOR: other.resolve(predictor.target.address),
      SERVING_DEADLINE_MS: '5000',
    });
  });
});

describe('what cannot be is refused at synth', () => {
  const iris = () => Model.fromAsset('models/iris');
  const models = (...list: AsynchronousHorizontalProps['models']) => ({ models: list });

  test.each<[string, () => Partial<AsynchronousHorizontalProps>, string | RegExp]>([
    ['one model', () => models({ model: digits() }), 'models must be at least two; got 1'],
    [
      'one name twice',
      () => models({ name: 'a', model: digits() }, { name: 'a', model: fast() }),
      'name must be one that no other model has, and not "gather"; got "a"',
    ],
    ['a name that is taken', () => models({ name: 'gather', model: digits() }, { model: fast() }), /got "gather"/],
    ['a name that is none', () => models({ name: 'a b', model: digits() }, { model: fast() }), /got "a b"/],
    [
      'neither model nor predictor',
      () => models({ name: 'a' }, { model: fast() }),
      'model or predictor of a must be given, and not both; got neither',
    ],
    [
      'a quorum of none',
      () => ({ quorum: 0 }),
      'quorum of models must be a whole number from 1 to 2, its steps; got 0',
    ],
    [
      'an average of what not all have',
      () => ({ ...models({ model: digits() }, { model: iris() }), aggregation: Aggregation.mean('votes') }),
      /aggregation mean of models must name an output/,
    ],
    [
      'an input that the model has not',
      () => models({ model: digits(), inputs: { pixels: 'request.image' } }, { model: fast() }),
      'inputs of digits must be inputs of digits; got "pixels"',
    ],
    [
      'an input that is not of the request',
      () => models({ model: digits(), inputs: { image: 'fast.image' } }, { model: fast() }),
      'inputs of digits must be written as request.<input>; got "fast.image"',
    ],
    [
      'more in the row than it holds',
      () => ({
        inlineSize: Size.kibibytes(64),
        models: Array.from({ length: 4 }, (_, i) => ({ name: `m${i}`, model: digits() })),
      }),
      'inlineSize must be at most 58 KiB with 4 models, whose answers share a row; got 65536 bytes',
    ],
    [
      'a deadline beyond all',
      () => ({ deadline: Duration.minutes(8) }),
      /deadline must be between 50 ms and 7 minutes/,
    ],
  ])('%s', (_, options, message) => {
    expect(() => horizontal(options())).toThrow(message);
  });
});
