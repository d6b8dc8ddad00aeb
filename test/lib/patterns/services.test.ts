import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { METRIC_NAMESPACE, METRICS } from '../../../lambdas/shared/contract';
import { Auth, Model, Predictor, Synchronous, WebSingle } from '../../../lib';
import { newStack } from '../stack';

const iris = () => Model.fromAsset('models/iris');
const patterns = { WebSingle, Synchronous };

describe.each(Object.entries(patterns))('%s', (_, Pattern) => {
  test('with a model alone is an API, a predictor and its monitoring', () => {
    const stack = newStack();
    const service = new Pattern(stack, 'Iris', { model: iris() });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::ApiGateway::RestApi', 1);
    template.resourceCountIs('AWS::CloudWatch::Alarm', 4);
    template.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
    expect(service).toMatchObject({ modelName: 'iris', modelVersion: '1.0.0' });
    expect(service.deadline.toSeconds()).toBe(10);
    expect(stack.resolve(service.target.address)).toEqual(
      stack.resolve((service.predictor as Predictor).alias.functionArn),
    );
  });

  test('[2.4] p50, p95 and p99 are on the dashboard and an alarm watches the p99 objective of the card', () => {
    const stack = newStack();
    const model = iris();
    const topic = new Topic(stack, 'Topic');
    new Pattern(stack, 'Iris', { model, serviceName: 'flowers', alarmTopic: topic });
    const template = Template.fromStack(stack);
    const [dashboard] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
    const body = JSON.stringify(dashboard?.Properties.DashboardBody);
    for (const percentile of ['p50', 'p95', 'p99']) expect(body).toContain(`\\"stat\\":\\"${percentile}\\"`);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: METRICS.latency.name,
      Namespace: METRIC_NAMESPACE,
      Dimensions: Match.arrayWith([
        { Name: 'model', Value: 'iris' },
        { Name: 'service', Value: 'flowers' },
      ]),
      ExtendedStatistic: 'p99',
      Threshold: model.card.p99Objective.toMilliseconds(),
      AlarmActions: [stack.resolve(topic.topicArn)],
    });
  });

  test('two in one stack do not meet', () => {
    const stack = newStack();
    const a = new Pattern(stack, 'A', { model: iris() });
    const b = new Pattern(stack, 'B', { model: iris(), auth: Auth.none(), dashboard: false });
    Template.fromStack(stack).resourceCountIs('AWS::ApiGateway::RestApi', 2);
    expect(stack.resolve(a.url)).not.toEqual(stack.resolve(b.url));
    expect(b.monitoring.dashboard).toBeUndefined();
  });

  test('[X.6] what holds data is not replaced when options change', () => {
    const logicalIds = (options: object) => {
      const stack = newStack();
      new Pattern(stack, 'Iris', { model: iris(), ...options });
      return Object.keys(Template.fromStack(stack).findResources('AWS::Logs::LogGroup'));
    };
    expect(logicalIds({})).toEqual(
      logicalIds({ deadline: Duration.seconds(3), auth: Auth.none(), serviceName: 'other' }),
    );
  });
});

describe('Synchronous', () => {
  test('answers with any predictor, another pattern too', () => {
    const stack = newStack();
    const inner = new WebSingle(stack, 'Inner', { model: iris(), deadline: Duration.seconds(2) });
    const outer = new Synchronous(stack, 'Outer', { predictor: inner, p99Objective: Duration.millis(150) });
    const template = Template.fromStack(stack);
    expect(outer.revision).toBe(inner.revision);
    template.resourceCountIs('AWS::Lambda::Alias', 1);
    template.resourceCountIs('AWS::Lambda::Permission', 2);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { Threshold: 150 });
  });

  test('takes a model or a predictor, not both and not neither', () => {
    const stack = newStack();
    const predictor = new Predictor(stack, 'Iris', { model: iris() });
    expect(() => new Synchronous(stack, 'A', {})).toThrow(/either model or predictor; got neither/);
    expect(() => new Synchronous(stack, 'B', { model: iris(), predictor })).toThrow(/got both/);
    expect(() => new Synchronous(stack, 'C', { predictor, deadline: Duration.seconds(1) })).toThrow(
      /^deadline must be given to the predictor itself/,
    );
  });
});
