import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { JOB_METRICS, JOB_ROUTES, METRIC_NAMESPACE, ROUTES } from '../../../lambdas/shared/contract';
import { Asynchronous, Auth, Model, MultipleStage, OnFastFailure, Predictor } from '../../../lib';
import { environmentOf } from '../jobs/job-stack';
import { fixture, newStack } from '../stack';

const digits = () => Model.fromAsset('models/digits');
const fast = () => Model.fromAsset('models/digits-fast');
const iris = () => Model.fromAsset('models/iris');
const patterns = { Asynchronous, MultipleStage };
const optionsOf = {
  Asynchronous: () => ({ model: digits() }),
  MultipleStage: () => ({ model: digits(), fast: fast() }),
};

describe.each(Object.entries(patterns))('%s', (name, Pattern) => {
  const options = optionsOf[name as keyof typeof patterns];

  test('with models alone is an API with the routes of jobs, a front, a worker and monitoring', () => {
    const stack = newStack();
    const service = new Pattern(stack, 'Digits', options());
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::ApiGateway::RestApi', 1);
    template.resourceCountIs('AWS::ApiGateway::Method', ROUTES.length + JOB_ROUTES.length);
    template.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
    expect(service.modelName).toBe('digits');
    expect(stack.resolve(service.front.target.address)).toEqual(stack.resolve(service.front.alias.functionArn));
    expect(stack.resolve(service.url)).toEqual(stack.resolve(service.api.url));
  });

  test('[3.9] alarms watch the age of the queue and the dead-letter queue, and are sent to the topic', () => {
    const stack = newStack();
    const topic = new Topic(stack, 'Topic');
    const service = new Pattern(stack, 'Digits', {
      ...options(),
      serviceName: 'numbers',
      jobTimeout: Duration.minutes(10),
      alarmTopic: topic,
    });
    const template = Template.fromStack(stack);
    const { jobs } = service;
    const queueName = (queue: { queueName: string }) => [{ Name: 'QueueName', Value: stack.resolve(queue.queueName) }];
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ApproximateAgeOfOldestMessage',
      Dimensions: queueName(jobs.queue),
      Threshold: 300,
      AlarmActions: [stack.resolve(topic.topicArn)],
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: queueName(jobs.deadLetterQueue),
      Threshold: 0,
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: METRIC_NAMESPACE,
      MetricName: JOB_METRICS.failed.name,
      Dimensions: Match.arrayWith([
        { Name: 'model', Value: 'digits' },
        { Name: 'service', Value: 'numbers' },
      ]),
    });
    expect(Object.keys(service.monitoring.alarms)).toEqual(
      expect.arrayContaining(['QueueAgeAlarm', 'DeadLetterAlarm', 'JobsFailedAlarm', 'SweeperAlarm', 'ApiErrorAlarm']),
    );
    expect(service.monitoring.alarms).not.toHaveProperty('SinkAlarm');
  });

  test('two in one stack do not meet', () => {
    const stack = newStack();
    const a = new Pattern(stack, 'A', options());
    const b = new Pattern(stack, 'B', { ...options(), auth: Auth.none(), dashboard: false });
    Template.fromStack(stack).resourceCountIs('AWS::DynamoDB::Table', 2);
    expect(a.jobs.serviceName).not.toBe(b.jobs.serviceName);
    expect(b.monitoring.dashboard).toBeUndefined();
  });

  test('[X.6] what holds data is not replaced when options change', () => {
    const logicalIds = (more: object) => {
      const stack = newStack();
      new Pattern(stack, 'Digits', { ...options(), ...more });
      const template = Template.fromStack(stack);
      return ['AWS::Logs::LogGroup', 'AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::SQS::Queue'].flatMap((type) =>
        Object.keys(template.findResources(type)),
      );
    };
    expect(logicalIds({})).toEqual(
      logicalIds({ deadline: Duration.seconds(3), auth: Auth.none(), serviceName: 'other', maxAttempts: 1 }),
    );
  });

  test('[X.9] the throttle of inference holds for what is submitted and uploaded', () => {
    const stack = newStack();
    new Pattern(stack, 'Digits', { ...options(), inferThrottle: { rate: 3, burst: 6 } });
    const [stage] = Object.values(Template.fromStack(stack).findResources('AWS::ApiGateway::Stage'));
    const limited = stage?.Properties.MethodSettings.filter(
      ({ ThrottlingRateLimit }: { ThrottlingRateLimit: number }) => ThrottlingRateLimit === 3,
    ).map(({ ResourcePath, HttpMethod }: Record<string, string>) => `${HttpMethod} ${ResourcePath}`);
    expect(limited).toHaveLength(4);
    expect(limited).toContain('POST /~1v2~1uploads');
  });

  test('a page of another origin may cancel, and send the headers of jobs', () => {
    const stack = newStack();
    new Pattern(stack, 'Digits', { ...options(), corsOrigin: 'https://example.org' });
    const preflight = JSON.stringify(
      Template.fromStack(stack).findResources('AWS::ApiGateway::Method', { Properties: { HttpMethod: 'OPTIONS' } }),
    );
    for (const word of ['DELETE', 'prefer', 'idempotency-key', 'x-upload-id', 'x-message-group-id']) {
      expect(preflight).toContain(word);
    }
  });
});

describe('MultipleStage', () => {
  test('[11.1] the front asks the first stage and has more time than that', () => {
    const stack = newStack();
    const service = new MultipleStage(stack, 'Digits', {
      ...optionsOf.MultipleStage(),
      fastDeadline: Duration.seconds(1),
      onFastFailure: OnFastFailure.FAIL,
    });
    const template = Template.fromStack(stack);
    expect(environmentOf(template, stack.resolve(service.front.function.functionName))).toMatchObject({
      SERVING_PREDICTOR: stack.resolve(service.fast.target.address),
      SERVING_ON_FAST_FAILURE: 'fail',
      SERVING_DEADLINE_MS: '4000',
    });
    expect(service.fast.deadline.toSeconds()).toBe(1);
    expect(service.monitoring.alarms).toHaveProperty('LatencyAlarm');
  });

  test('[11.3] by default the second stage is queued when the first one fails', () => {
    const stack = newStack();
    const service = new MultipleStage(stack, 'Digits', optionsOf.MultipleStage());
    expect(environmentOf(Template.fromStack(stack), stack.resolve(service.front.function.functionName))).toMatchObject({
      SERVING_ON_FAST_FAILURE: 'queue',
    });
  });

  test('any predictors as stages', () => {
    const stack = newStack();
    const first = new Predictor(stack, 'First', { model: fast(), deadline: Duration.seconds(1) });
    const second = new Predictor(stack, 'Second', { model: digits(), deadline: Duration.seconds(3) });
    const service = new MultipleStage(stack, 'Digits', { fastPredictor: first, predictor: second });
    expect(service.fast).toBe(first);
    Template.fromStack(stack).resourcePropertiesCountIs('AWS::Lambda::Alias', { Name: 'live' }, 3);
  });

  test('stages that do not take the same are refused, and what is too short', () => {
    const stack = newStack();
    const model = digits();
    const predictor = new Predictor(stack, 'Fast', { model: fast(), deadline: Duration.seconds(5) });
    expect(() => new MultipleStage(stack, 'A', { model, fast: iris() })).toThrow(
      /^fast: iris and digits must take the same inputs; iris takes features, digits takes image/,
    );
    const fixed = Model.fromAsset(fixture('fixed-batch'));
    const other = Model.fromAsset(fixture('identity-fp64'));
    expect(() => new MultipleStage(stack, 'B', { model: other, fast: fixed })).toThrow(/must take the same inputs/);
    expect(() => new MultipleStage(stack, 'C', { model })).toThrow(/either fast or fastPredictor; got neither/);
    expect(() => new MultipleStage(stack, 'D', { model, fast: fast(), fastPredictor: predictor })).toThrow(/got both/);
    expect(
      () => new MultipleStage(stack, 'E', { model, fastPredictor: predictor, fastDeadline: Duration.seconds(1) }),
    ).toThrow(/^fastDeadline must be given to the predictor itself/);
    expect(
      () => new MultipleStage(stack, 'F', { model, fastPredictor: predictor, submitDeadline: Duration.seconds(5) }),
    ).toThrow(/^submitDeadline \(5000 ms\) must be longer than the deadline of the fast predictor \(5000 ms\)/);
  });
});
