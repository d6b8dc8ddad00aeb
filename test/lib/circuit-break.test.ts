import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, test } from 'vitest';
import { BREAKER_ENV } from '../../lambdas/shared/contract';
import {
  BreakerTable,
  CircuitBreak,
  type CircuitBreakProps,
  Fallback,
  Model,
  PredictionCircuitBreak,
  type PredictionCircuitBreakProps,
  Predictor,
} from '../../lib';
import { fixture, newStack } from './stack';

const iris = () => Model.fromAsset('models/iris');
const constant = Fallback.constant([
  { output: 'label', numbers: [0] },
  { output: 'probabilities', numbers: [1, 0, 0] },
]);

function around(props: Partial<CircuitBreakProps> = {}, model = iris()) {
  const stack = newStack();
  const predictor = new Predictor(stack, 'Iris', { model, deadline: Duration.seconds(4) });
  const breaker = new CircuitBreak(stack, 'Break', { predictor, ...props });
  return { stack, predictor, breaker };
}

function environmentOf({ stack, breaker }: ReturnType<typeof around>): Record<string, string> {
  const id = stack.getLogicalId(breaker.function.node.defaultChild as never);
  return Template.fromStack(stack).toJSON().Resources[id].Properties.Environment.Variables;
}

describe('CircuitBreak', () => {
  test('is a predictor with the card of the one it asks, which waits longer', () => {
    const { breaker, predictor } = around();
    expect(breaker).toMatchObject({ modelName: 'iris', card: predictor.card });
    expect(breaker.deadline.toMilliseconds()).toBe(5000);
    expect(breaker.revision).not.toBe(predictor.revision);
  });

  test('[10.5] its function is told when the breaker opens and closes', () => {
    const settings = JSON.parse(environmentOf(around())[BREAKER_ENV.settings] ?? '{}');
    expect(settings).toEqual({
      windowMs: 30_000,
      minimumCalls: 20,
      failureRate: 0.5,
      slowRate: 0.8,
      slowCallMs: 2000,
      openMs: 15_000,
      probes: 2,
      callMs: 4000,
    });
  });

  test('may read and write the rows of its table by their keys, and invoke the predictor: nothing else', () => {
    const { stack } = around({ fallback: constant });
    const template = Template.fromStack(stack);
    const policies = Object.entries(template.findResources('AWS::IAM::Policy'));
    const [, policy] = policies.find(([id]) => id.startsWith('BreakRole')) ?? [];
    const actions = policy?.Properties.PolicyDocument.Statement.flatMap(({ Action }: { Action: string }) => Action);
    expect(new Set(actions)).toEqual(
      new Set([
        ...['logs:CreateLogStream', 'logs:PutLogEvents', 'lambda:InvokeFunction'],
        ...['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      ]),
    );
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      BillingMode: 'PAY_PER_REQUEST',
    });
  });

  test('[X.6] its table goes with the stack, or is one that exists', () => {
    const { stack } = around();
    Template.fromStack(stack).hasResource('AWS::DynamoDB::Table', { DeletionPolicy: 'Delete' });
    const other = newStack();
    const table = new BreakerTable(other, 'Own', { encryptionKey: new Key(other, 'Key') });
    const predictor = new Predictor(other, 'Iris', { model: iris() });
    const breaker = new CircuitBreak(other, 'Break', { predictor, breakerTable: table, maxConcurrency: 3 });
    expect(breaker.breakerTable).toBe(table);
    const template = Template.fromStack(other);
    template.resourceCountIs('AWS::DynamoDB::Table', 1);
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: Match.arrayWith(['kms:Decrypt']) })]) },
    });
  });

  test('two in one stack, and one around another', () => {
    const { stack, breaker } = around();
    const outer = new CircuitBreak(stack, 'Outer', { predictor: breaker, maxConcurrency: 5 });
    expect(outer.deadline.toMilliseconds()).toBe(6000);
    Template.fromStack(stack).resourceCountIs('AWS::DynamoDB::Table', 2);
  });

  test('a change of the fallback is another revision', () => {
    const revisions = [undefined, constant, Fallback.lastResult()].map(
      (fallback) => around({ fallback }).breaker.revision,
    );
    expect(new Set(revisions).size).toBe(3);
  });

  test.each<[string, Partial<CircuitBreakProps>, RegExp]>([
    ['failureRate', { failureRate: 0 }, /^failureRate must be more than 0 and at most 1; got 0/],
    ['slowCallRate', { slowCallRate: 2 }, /^slowCallRate must be .* got 2/],
    ['maxConcurrency', { maxConcurrency: 500 }, /^maxConcurrency must be a whole number from 1 to 100; .* got 500/],
    ['minimumCalls', { minimumCalls: 1.5 }, /^minimumCalls must be/],
    ['probes', { probes: 0 }, /^probes must be/],
    ['slowCallDuration', { slowCallDuration: Duration.seconds(9) }, /^slowCallDuration must be .* got 9000 ms/],
    ['failureWindow', { failureWindow: Duration.millis(10) }, /^failureWindow must be/],
    ['openDuration', { openDuration: Duration.days(2) }, /^openDuration must be/],
    ['deadline', { deadline: Duration.seconds(4) }, /^deadline must be longer than .* 4000 ms; got 4000 ms/],
  ])('[X.7] %s out of its limits is refused', (_, props, message) => {
    expect(() => around(props)).toThrow(message);
  });
});

describe('Fallback', () => {
  test.each<[string, Parameters<typeof Fallback.constant>[0], RegExp]>([
    [
      'an output is missing',
      [{ output: 'label', numbers: [0] }],
      /each output of iris, label, probabilities; got label/,
    ],
    ['an output is unknown', [{ output: 'lable', numbers: [0] }], /got lable/],
    [
      'values are too few',
      [
        { output: 'label', numbers: [0] },
        { output: 'probabilities', numbers: [1] },
      ],
      /the constant of probabilities must have 3 values; got 1/,
    ],
    [
      'a value is not of the datatype',
      [
        { output: 'label', numbers: [0.5] },
        { output: 'probabilities', numbers: [1, 0, 0] },
      ],
      /the constant of label must have values of INT64; got 0.5/,
    ],
    [
      'texts are no numbers',
      [
        { output: 'label', texts: ['setosa'] },
        { output: 'probabilities', numbers: [1, 0, 0] },
      ],
      /the constant of label must be numbers; got texts/,
    ],
  ])('[10.2] a constant is checked against the card: %s', (_, outputs, message) => {
    expect(() => around({ fallback: Fallback.constant(outputs) })).toThrow(message);
  });

  test('[10.2] a cheaper predictor takes and gives the same, and has time of its own', () => {
    const stack = newStack();
    const predictor = new Predictor(stack, 'Digits', { model: Model.fromAsset('models/digits') });
    const cheap = new Predictor(stack, 'Fast', {
      model: Model.fromAsset('models/digits-fast'),
      deadline: Duration.seconds(2),
    });
    const breaker = new CircuitBreak(stack, 'Break', { predictor, fallback: Fallback.predictor(cheap) });
    expect(breaker.deadline.toSeconds()).toBe(13);
    const other = new Predictor(stack, 'Iris', { model: iris() });
    const build = () => new CircuitBreak(stack, 'Wrong', { predictor, fallback: Fallback.predictor(other) });
    expect(build).toThrow(/^fallback: iris and digits must take the same inputs/);
  });

  test('[10.2] a model with other outputs cannot stand in', () => {
    const build = () => {
      const stack = newStack();
      const predictor = new Predictor(stack, 'Slow', { model: Model.fromAsset(fixture('slow')) });
      const fallback = Fallback.predictor(
        new Predictor(stack, 'Poison', { model: Model.fromAsset(fixture('poison')) }),
      );
      return new CircuitBreak(stack, 'Break', { predictor, fallback });
    };
    expect(build).toThrow(/^fallback: poison and slow must/);
  });

  test('maxAge of a last result has limits', () => {
    expect(() => Fallback.lastResult(Duration.millis(10))).toThrow(/maxAge must be between .* got 10 ms/);
  });
});

describe('PredictionCircuitBreak', () => {
  function service(props: Partial<PredictionCircuitBreakProps> = {}) {
    const stack = newStack();
    const made = new PredictionCircuitBreak(stack, 'Iris', { model: iris(), serviceName: 'flowers', ...props });
    return { made, template: Template.fromStack(stack) };
  }

  test('is an API, a breaker, a predictor and their monitoring', () => {
    const { made, template } = service();
    template.resourceCountIs('AWS::ApiGateway::RestApi', 1);
    template.resourceCountIs('AWS::DynamoDB::Table', 1);
    template.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
    expect(Object.keys(made.monitoring.alarms)).toEqual([
      ...['LatencyAlarm', 'ErrorAlarm', 'ThrottleAlarm', 'ApiErrorAlarm'],
      ...['ApiRefusalAlarm', 'RejectionAlarm', 'BreakerOpenAlarm', 'BreakerTableAlarm'],
    ]);
    expect([made.serviceName, made.guarded.serviceName]).toEqual(['flowers', 'flowers-predictor']);
  });

  test('[10.6] alarms look at the share that breaker and gateway refuse', () => {
    const { template } = service();
    const alarm = (expression: string, names: string[]) =>
      template.hasResourceProperties('AWS::CloudWatch::Alarm', {
        Threshold: 5,
        Metrics: Match.arrayWith([
          Match.objectLike({ Expression: expression }),
          ...names.map((MetricName) => Match.objectLike({ MetricStat: { Metric: Match.objectLike({ MetricName }) } })),
        ]),
      });
    alarm('100 * (FILL(open, 0) + FILL(concurrency, 0)) / requests', ['RefusedOpen', 'RefusedConcurrency', 'Requests']);
    alarm('100 * (requests - FILL(invocations, 0)) / requests', ['Count', 'Invocations']);
  });

  test('[10.2] the gateway answers what it throttles with an error, or with the constant', () => {
    const throttled = (props: Partial<PredictionCircuitBreakProps>) =>
      Object.values(service(props).template.findResources('AWS::ApiGateway::GatewayResponse'))
        .map(({ Properties }) => Properties)
        .filter(({ ResponseType }) => ResponseType === 'THROTTLED');
    const [error, ...others] = throttled({});
    expect(others).toEqual([]);
    expect(error).toMatchObject({
      StatusCode: '429',
      ResponseParameters: { 'gatewayresponse.header.retry-after': "'1'" },
    });
    expect(error?.ResponseParameters).not.toHaveProperty(['gatewayresponse.header.x-fallback']);
    expect(throttled({ throttledResponse: {} })).toMatchObject([
      {
        StatusCode: '429',
        ResponseTemplates: { 'application/json': 'null' },
        ResponseParameters: { 'gatewayresponse.header.x-fallback': "'throttled'" },
      },
    ]);
    const throttledResponse = { body: '{"label":[0]}', status: 200, retryAfter: Duration.seconds(3) };
    expect(throttled({ throttledResponse, corsOrigin: '*' })).toMatchObject([
      {
        StatusCode: '200',
        ResponseTemplates: { 'application/json': '{"label":[0]}' },
        ResponseParameters: {
          'gatewayresponse.header.retry-after': "'3'",
          'gatewayresponse.header.x-fallback': "'throttled'",
          'gatewayresponse.header.access-control-allow-origin': "'*'",
        },
      },
    ]);
  });

  test.each([
    ['body', { body: 'no JSON' }, /^throttledResponse.body must be a JSON text/],
    ['body', { body: '"$context.requestId"' }, /without "\$"/],
    ['status', { status: 99 }, /^throttledResponse.status must be .* got 99/],
    ['retryAfter', { retryAfter: Duration.millis(1500) }, /^throttledResponse.retryAfter must be whole seconds/],
  ])('[X.7] throttledResponse.%s out of its limits is refused', (_, throttledResponse, message) => {
    expect(() => service({ throttledResponse })).toThrow(message);
  });

  test('of the deadline the predictor has what the breaker and the fallback do not need', () => {
    const { made } = service({ deadline: Duration.seconds(5), fallback: Fallback.lastResult() });
    expect(made.deadline.toSeconds()).toBe(5);
    expect(made.guarded.deadline.toMilliseconds()).toBe(3500);
    expect(() => service({ deadline: Duration.seconds(1) })).toThrow(/^deadline must be at least 1050 ms/);
  });

  test('takes a model or a predictor', () => {
    expect(() => service({ model: undefined })).toThrow(/either model or predictor; got neither/);
  });
});
