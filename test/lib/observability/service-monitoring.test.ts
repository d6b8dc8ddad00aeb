import { Size } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { ENV } from '../../../lambdas/shared/contract';
import { Model, Predictor, Synchronous, type SynchronousProps } from '../../../lib';
import { build, templateOf } from '../../template/stacks';
import { entry, irisModel } from '../../template/temporary-configuration';
import { newStack } from '../stack';

const iris = () => Model.fromAsset('models/iris');

function service(props: Partial<SynchronousProps> = {}) {
  const stack = newStack();
  const { monitoring } = new Synchronous(stack, 'Iris', { model: iris(), serviceName: 'flowers', ...props });
  return { stack, monitoring, template: () => Template.fromStack(stack) };
}

describe('monitoring', () => {
  test('[2.4] every alarm says what it means, what to do and where the runbook is, and tells the topic', () => {
    const stack = newStack();
    const topic = new Topic(stack, 'Topic');
    const { monitoring } = new Synchronous(stack, 'Iris', { model: iris(), serviceName: 'flowers', alarmTopic: topic });
    expect(Object.keys(monitoring.alarms)).toEqual(['LatencyAlarm', 'ErrorAlarm', 'ThrottleAlarm', 'ApiErrorAlarm']);
    const alarms = Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm');
    for (const { Properties } of Object.values(alarms)) {
      expect(Properties.AlarmDescription).toMatch(/^flowers: .+\. .+\. Runbook: RUNBOOK\.md/);
      expect(Properties.AlarmDescription.length).toBeLessThanOrEqual(1024);
      expect(Properties.AlarmActions).toEqual([stack.resolve(topic.topicArn)]);
      // No traffic is no alarm.
      expect(Properties.TreatMissingData).toBe('notBreaching');
    }
  });

  test('another part of a service adds alarms and graphs of its own', () => {
    const { monitoring, template } = service();
    const metric = new Metric({ namespace: 'Mine', metricName: 'QueueAge' });
    const alarm = monitoring.addAlarm('QueueAlarm', { metric, threshold: 60, meaning: 'Old.', action: 'Look.' });
    monitoring.addGraph({ title: 'Queue', metrics: [metric] });
    expect(monitoring.alarms.QueueAlarm).toBe(alarm);
    template().hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'QueueAge', Threshold: 60 });
    expect(JSON.stringify(template().findResources('AWS::CloudWatch::Dashboard'))).toContain('QueueAge');
  });

  test('without a dashboard there are alarms alone', () => {
    const { template } = service({ dashboard: false });
    template().resourceCountIs('AWS::CloudWatch::Dashboard', 0);
    template().resourceCountIs('AWS::CloudWatch::Alarm', 4);
  });
});

describe('[X.9] the monthly budget', () => {
  const emails = ['ops@example.org'];

  test('is an option', () => {
    service().template().resourceCountIs('AWS::Budgets::Budget', 0);
  });

  test('counts what carries the tag of the service, and warns before and at the amount of the card', () => {
    const { template } = service({ monthlyBudget: { emails } });
    const subscribers = [{ SubscriptionType: 'EMAIL', Address: 'ops@example.org' }];
    template().hasResourceProperties('AWS::Budgets::Budget', {
      Budget: {
        BudgetType: 'COST',
        TimeUnit: 'MONTHLY',
        BudgetLimit: { Amount: iris().card.monthlyCostObjective, Unit: 'USD' },
        CostFilters: { TagKeyValue: ['user:service$flowers'] },
      },
      NotificationsWithSubscribers: [
        { Notification: { NotificationType: 'ACTUAL', Threshold: 80 }, Subscribers: subscribers },
        { Notification: { NotificationType: 'FORECASTED', Threshold: 100 }, Subscribers: subscribers },
      ],
    });
    for (const type of ['AWS::Lambda::Function', 'AWS::ApiGateway::RestApi', 'AWS::Logs::LogGroup']) {
      template().hasResourceProperties(type, { Tags: [{ Key: 'service', Value: 'flowers' }] });
    }
  });

  test('in serving.yaml counts by the tag that the stack has', () => {
    const text = entry(`model: ${irisModel}`, 'monthlyBudget: { emails: [ops@example.org], amountUsd: 7 }');
    const stacks = build(text);
    templateOf(stacks, 'serving-production-iris').hasResourceProperties('AWS::Budgets::Budget', {
      Budget: { BudgetLimit: { Amount: 7 }, CostFilters: { TagKeyValue: ['user:service$production-iris'] } },
    });
    expect(stacks['serving-production-iris']?.tags.tagValues()).toMatchObject({ service: 'production-iris' });
  });

  test.each<[Partial<SynchronousProps>, RegExp]>([
    [{ monthlyBudget: { emails: [] } }, /^monthlyBudget.emails must be one to ten addresses; got 0/],
    [{ monthlyBudget: { emails, amountUsd: 0 } }, /^monthlyBudget.amountUsd must be more than 0; got 0/],
  ])('%j is refused', (props, message) => {
    expect(() => service(props)).toThrow(message);
  });

  test('without a card the amount must be said', () => {
    const stack = newStack();
    const predictor = new Predictor(stack, 'Predictor', { model: iris() });
    expect(() => new Synchronous(stack, 'Front', { predictor, monthlyBudget: { emails } })).toThrow(
      /^monthlyBudget.amountUsd is needed/,
    );
  });
});

describe('[X.10] the payload log', () => {
  const settingsOf = (template: Template): unknown => {
    const functions = Object.values(template.findResources('AWS::Lambda::Function'));
    const values = functions.map(({ Properties }) => Properties.Environment?.Variables ?? {});
    const [text] = values.flatMap((variables) => variables[ENV.payloadLog] ?? []);
    return text && JSON.parse(text);
  };

  test('is an option, in serving.yaml too', () => {
    expect(settingsOf(service().template())).toBeUndefined();
    const { template } = service({
      payloadLog: { sampleRate: 0.01, redact: ['features'], maxSize: Size.kibibytes(1) },
    });
    expect(settingsOf(template())).toEqual({ sampleRate: 0.01, redact: ['features'], maxBytes: 1024 });
    const text = entry(`model: ${irisModel}`, 'payloadLog: { sampleRate: 0.5, maxSize: 2 KiB }');
    expect(settingsOf(templateOf(build(text), 'serving-production-iris'))).toEqual({
      sampleRate: 0.5,
      redact: [],
      maxBytes: 2048,
    });
  });

  test.each<[SynchronousProps['payloadLog'], RegExp]>([
    [{ sampleRate: 0 }, /^payloadLog.sampleRate must be more than 0 and at most 1; got 0/],
    [{ sampleRate: 5 }, /at most 1; got 5/],
    [{ sampleRate: 1, maxSize: Size.mebibytes(1) }, /^payloadLog.maxSize must be between 64 bytes and 128 KiB/],
    [
      { sampleRate: 1, redact: ['feature'] },
      /^payloadLog.redact names "feature".+ it has features, label, probabilities/,
    ],
  ])('%j is refused', (payloadLog, message) => {
    expect(() => service({ payloadLog })).toThrow(message);
  });
});
