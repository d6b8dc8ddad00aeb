import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { build, templateOf } from './stacks';
import { entry, irisModel, problemsOf } from './temporary-configuration';

const yaml = `
templateVersion: 1
project: flowers
environments:
  local: { local: true, defaults: { auth: none } }
  production: { account: "123456789012", region: eu-central-1 }
services:
  iris: { pattern: web-single, model: ${irisModel}, memory: 512 MiB, deadline: 1500ms, logRetention: 7 }
  signed:
    pattern: synchronous
    model: ${irisModel}
    auth: iam
    dashboard: false
    throttle: { rate: 3, burst: 4 }
    alarmTopic: arn:aws:sns:eu-central-1:123456789012:alarms
`;

describe('services are built from configuration only [12.1]', () => {
  test('each is a stack of its own, named after project, environment and service [12.5]', () => {
    expect(Object.keys(build(yaml, 'production'))).toEqual(['flowers-production-iris', 'flowers-production-signed']);
    expect(Object.keys(build(entry(`model: ${irisModel}`)))).toEqual(['serving-production-iris']);
  });

  test('changing one service leaves the template of the others as it is [12.5]', () => {
    const before = templateOf(build(yaml, 'production'), 'flowers-production-signed').toJSON();
    const changed = yaml.replace('512 MiB', '1 GiB');
    expect(templateOf(build(changed, 'production'), 'flowers-production-signed').toJSON()).toEqual(before);
  });

  test('properties reach the resources [X.7]', () => {
    const stacks = build(yaml, 'production');
    const iris = templateOf(stacks, 'flowers-production-iris');
    iris.hasResourceProperties('AWS::Lambda::Function', {
      MemorySize: 512,
      Timeout: 3,
      Environment: { Variables: { SERVING_SERVICE: 'production-iris', SERVING_DEADLINE_MS: '1500' } },
    });
    iris.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
    const signed = templateOf(stacks, 'flowers-production-signed');
    signed.hasResourceProperties('AWS::ApiGateway::Stage', {
      MethodSettings: [Match.objectLike({ ThrottlingRateLimit: 3, ThrottlingBurstLimit: 4 })],
    });
    signed.allResourcesProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: ['arn:aws:sns:eu-central-1:123456789012:alarms'],
    });
  });

  test('every service has auth, logs, dashboard and alarms unless its entry says otherwise [12.3]', () => {
    const stacks = build(yaml, 'production');
    for (const [name, dashboards] of [
      ['iris', 1],
      ['signed', 0],
    ] as const) {
      const template = templateOf(stacks, `flowers-production-${name}`);
      // The function's own, and the self-test's.
      template.resourceCountIs('AWS::Logs::LogGroup', 2);
      template.resourceCountIs('AWS::CloudWatch::Alarm', 4);
      template.resourceCountIs('AWS::CloudWatch::Dashboard', dashboards);
      template.allResourcesProperties('AWS::ApiGateway::Method', { AuthorizationType: 'AWS_IAM' });
    }
  });

  test('a model in S3 by key has the hash of its card, and may be read and nothing else', () => {
    const model = `model: { card: ${irisModel}, bucket: my-models, key: iris/1.onnx }`;
    const template = templateOf(build(entry(model)), 'serving-production-iris');
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { SERVING_MODEL_BUCKET: 'my-models', SERVING_MODEL_KEY: 'iris/1.onnx' } },
    });
  });

  test('a model in S3 by pointer', () => {
    const model = `model: { card: ${irisModel}, bucket: my-models, pointer: iris/current.json, checkInterval: 5m }`;
    const template = templateOf(build(entry(model)), 'serving-production-iris');
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { SERVING_MODEL_POINTER_KEY: 'iris/current.json', SERVING_MODEL_CHECK_MS: '300000' } },
    });
  });

  test('a VPC by its id', () => {
    const lines = [
      `model: ${irisModel}`,
      'vpc: vpc-0123abcd',
      'vpcSubnets: private-isolated',
      'securityGroups: [sg-0123abcd]',
    ];
    const text = entry(...lines).replace(
      'production:',
      'production: { account: "123456789012", region: eu-central-1 }',
    );
    templateOf(build(text), 'serving-production-iris').hasResourceProperties('AWS::Lambda::Function', {
      VpcConfig: { SecurityGroupIds: ['sg-0123abcd'] },
    });
  });
});

describe('two environments of one file', () => {
  test('local opens every service but the one that keeps IAM [X.8]', () => {
    const stacks = build(yaml, 'local');
    for (const [name, type] of [
      ['iris', 'NONE'],
      ['signed', 'AWS_IAM'],
    ] as const) {
      templateOf(stacks, `flowers-local-${name}`).allResourcesProperties('AWS::ApiGateway::Method', {
        AuthorizationType: type,
      });
    }
  });

  test('local destroys everything, production keeps logs [X.6]', () => {
    const policies = (environment: string) =>
      Object.values(templateOf(build(yaml, environment), `flowers-${environment}-iris`).toJSON().Resources).map(
        (resource) => (resource as { DeletionPolicy?: string }).DeletionPolicy,
      );
    expect(new Set(policies('local'))).toEqual(new Set(['Delete']));
    expect(policies('production')).toContain('Retain');
  });

  test('account and region are those of the environment', () => {
    const stack = build(yaml, 'production')['flowers-production-iris'];
    expect([stack?.account, stack?.region]).toEqual(['123456789012', 'eu-central-1']);
  });
});

describe('what a construct refuses is told with the line of the property [12.2]', () => {
  test.each([
    [
      'deadline: 30s',
      7,
      'deadline must be at most 29 s behind API Gateway; got 30 s. Work that takes longer is for asynchronous.',
    ],
    ['memory: 64 MiB', 7, 'memory must be between 128 MiB and 10,240 MiB; got 64 MiB'],
    ['throttle: { rate: 0, burst: 1 }', 7, 'throttle.rate must be a number greater than 0; got 0'],
  ])('%s', (line, number, message) => {
    expect(problemsOf(() => build(entry(`model: ${irisModel}`, line)))).toEqual([
      `serving.yaml:${number}: services.iris: ${message}`,
    ]);
  });

  test('of every service, not only of the first', () => {
    const wrong = yaml.replace('512 MiB', '64 MiB').replace('auth: iam', 'deadline: 40s');
    const problems = problemsOf(() => build(wrong, 'production'));
    expect(problems.map((problem) => problem.slice(0, 40))).toEqual([
      'serving.yaml:8: services.iris: memory mu',
      'serving.yaml:12: services.signed: deadli',
    ]);
  });

  test('a folder without a card', () => {
    const [problem] = problemsOf(() => build(entry('model: models/iris')));
    expect(problem).toMatch(/^serving.yaml:6: services.iris: .*model/);
  });
});
