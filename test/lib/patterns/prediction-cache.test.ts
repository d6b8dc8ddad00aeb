import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Duration, Lazy, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { User } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, test } from 'vitest';
import { CACHE_ENV, ENV } from '../../../lambdas/shared/contract';
import {
  Auth,
  CachedPredictor,
  CacheStrategy,
  CacheTable,
  Hook,
  Model,
  ModelSource,
  PredictionCache,
  type PredictionCacheProps,
  Predictor,
  Synchronous,
} from '../../../lib';
import { newStack } from '../stack';

/** The module of a hook. */
function hook(): string {
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'hook-')), 'hook.mjs');
  writeFileSync(file, 'export default () => ({});');
  return file;
}

const iris = () => Model.fromAsset('models/iris');

/** The environment of the function of the cache, with its JSON read. */
function environmentOf(template: Template) {
  const functions = Object.values(template.findResources('AWS::Lambda::Function'));
  const variables = functions
    .map(({ Properties }) => Properties.Environment?.Variables ?? {})
    .find((each) => each[CACHE_ENV.settings]);
  return {
    ...variables,
    cache: JSON.parse(variables[CACHE_ENV.settings]),
    prediction: JSON.parse(variables[CACHE_ENV.prediction] ?? '{}'),
  };
}

function make(props: PredictionCacheProps = { model: iris() }) {
  const stack = newStack();
  const service = new PredictionCache(stack, 'Iris', props);
  return { stack, service, template: Template.fromStack(stack) };
}

describe('PredictionCache', () => {
  test('with a model alone is an API, a cache with a table, a predictor and monitoring', () => {
    const { service, stack, template } = make();
    template.resourceCountIs('AWS::ApiGateway::RestApi', 1);
    template.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
    template.resourceCountIs('AWS::S3::Bucket', 0);
    expect(service).toMatchObject({ modelName: 'iris', modelVersion: '1.0.0', revision: service.cached.revision });
    expect(service.deadline.toSeconds()).toBe(11);
    expect(stack.resolve(service.target.address)).toEqual(stack.resolve(service.predictor.alias.functionArn));
    expect(Object.keys(service.monitoring.alarms)).toContain('CacheAlarm');
    expect(environmentOf(template)).toMatchObject({
      cache: { ttlMs: 300_000, staleMs: 0, timeoutMs: 500, memoryTtlMs: 10_000 },
      prediction: { strategy: 'concurrent', perPrincipal: false, allowBypass: false },
    });
  });

  test('[8.6] [X.6] the table is encrypted, has a time to live, and goes with its stack', () => {
    const { template } = make();
    template.hasResource('AWS::DynamoDB::Table', {
      Properties: {
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
        KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
      },
      DeletionPolicy: 'Delete',
    });
  });

  test('[8.6] a bucket for what no row holds, whose objects expire after their rows', () => {
    const { template } = make({ model: iris(), maxEntrySize: Size.mebibytes(2), ttl: Duration.days(2) });
    template.hasResource('AWS::S3::Bucket', {
      Properties: {
        LifecycleConfiguration: { Rules: [{ Prefix: 'cache/', ExpirationInDays: 3, Status: 'Enabled' }] },
        PublicAccessBlockConfiguration: Match.objectLike({ BlockPublicPolicy: true }),
      },
      DeletionPolicy: 'Retain',
    });
    expect(environmentOf(template)[CACHE_ENV.bucket]).toBeDefined();
  });

  test('the function may do with the table what it does, and ask the predictor', () => {
    const { service, stack, template } = make();
    const statements = Object.values(template.findResources('AWS::IAM::Policy'))
      .filter(({ Properties }) => JSON.stringify(Properties.Roles).includes('IrisPredictorRole'))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
    const ofTable = statements.find(({ Action }) => `${Action}`.includes('dynamodb'));
    expect([...ofTable.Action].sort()).toEqual(['dynamodb:BatchGetItem', 'dynamodb:DeleteItem', 'dynamodb:PutItem']);
    expect(JSON.stringify(ofTable.Resource)).toContain(
      JSON.stringify(stack.resolve(service.predictor.cacheTable.tableArn)),
    );
    expect(JSON.stringify(statements)).not.toMatch(/"Resource":"\*"/);
  });

  test('[8.5] the next version asks the predictor only once that one is released', () => {
    const { template } = make();
    const aliases = template.findResources('AWS::Lambda::Alias');
    const [predictorAlias] = Object.keys(aliases).filter((id) => id.includes('Cached'));
    const [cacheAlias] = Object.entries(aliases).filter(([id]) => id !== predictorAlias);
    expect(cacheAlias?.[1].DependsOn).toContain(predictorAlias);
  });

  test('[8.7] [8.8] old answers while they are refreshed: the function may invoke itself, and nothing is tried again', () => {
    const { service, stack, template } = make({ model: iris(), staleWhileRevalidate: Duration.minutes(1) });
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 0,
      Qualifier: Match.anyValue(),
    });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: Match.objectLike({
        Statement: [
          {
            Action: 'lambda:InvokeFunction',
            Effect: 'Allow',
            Resource: stack.resolve(service.predictor.alias.functionArn),
          },
        ],
      }),
    });
    make().template.resourceCountIs('AWS::Lambda::EventInvokeConfig', 0);
  });

  test('[8.7] singleFlight looks up first, and has time to ask when it waited in vain', () => {
    const { service, template } = make({ model: iris(), singleFlight: true });
    expect(environmentOf(template).prediction).toMatchObject({ strategy: 'lookup-first', maxInflight: 1 });
    expect(service.deadline.toSeconds()).toBe(25);
  });

  test('[8.8] invalidation is for those who are allowed to', () => {
    const stack = newStack();
    const service = new PredictionCache(stack, 'Iris', { model: iris() });
    service.predictor.grantInvalidate(new User(stack, 'Operator'));
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      Users: Match.anyValue(),
      PolicyDocument: Match.objectLike({
        Statement: [
          Match.objectLike({ Action: Match.arrayWith(['dynamodb:PutItem', 'dynamodb:UpdateItem']), Effect: 'Allow' }),
        ],
      }),
    });
  });

  test('two in one stack, one around another pattern, and one table for both', () => {
    const stack = newStack();
    const table = new CacheTable(stack, 'Table', { removalPolicy: RemovalPolicy.RETAIN });
    const inner = new PredictionCache(stack, 'A', { model: iris(), table });
    const outer = new PredictionCache(stack, 'B', { predictor: inner, table, strategy: CacheStrategy.LOOKUP_FIRST });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::DynamoDB::Table', 1);
    template.hasResource('AWS::DynamoDB::Table', { DeletionPolicy: 'Retain' });
    expect(outer.revision).toBe(inner.revision);
    expect(outer.deadline.toSeconds()).toBe(12);
  });

  test('in a foreign stack, with a table of another one', () => {
    const stack = newStack();
    const other = new Stack(stack.node.root as never, 'Other', {
      env: { account: '111111111111', region: 'eu-west-1' },
    });
    const table = Table.fromTableArn(other, 'Table', 'arn:aws:dynamodb:eu-west-1:111111111111:table/answers');
    new PredictionCache(stack, 'Iris', { model: iris(), table });
    Template.fromStack(stack).resourceCountIs('AWS::DynamoDB::Table', 0);
  });

  test('[8.5] a model by pointer: the cache reads the pointer itself', () => {
    const stack = newStack();
    const source = ModelSource.fromPointer(new Bucket(stack, 'Models'), 'iris/current.json');
    new PredictionCache(stack, 'Iris', { model: Model.fromDirectory('models/iris', source) });
    expect(environmentOf(Template.fromStack(stack))).toMatchObject({ [ENV.modelPointerKey]: 'iris/current.json' });
  });

  test('the default deadline holds what the cache may take, and with singleFlight one who asked in vain before', () => {
    const deadline = (props: PredictionCacheProps) => make(props).service.deadline.toMilliseconds();
    expect(deadline({ model: iris() })).toBe(11_000);
    expect(deadline({ model: iris(), cacheTimeout: Duration.seconds(3) })).toBe(13_500);
    expect(deadline({ model: iris(), singleFlight: true })).toBe(25_000);
    expect(deadline({ model: iris(), singleFlight: true, cacheTimeout: Duration.seconds(2) })).toBe(29_000);
  });

  test.each<[string, PredictionCacheProps, RegExp]>([
    ['neither model nor predictor', {}, /either model or predictor; got neither/],
    ['a ttl of nothing', { model: iris(), ttl: Duration.millis(5) }, /^ttl must be from 1000 ms to .*; got 5 ms/],
    ['too large entries', { model: iris(), maxEntrySize: Size.mebibytes(5) }, /^maxEntrySize must be at most/],
    [
      'memory for longer than an entry lives',
      { model: iris(), ttl: Duration.seconds(5), memoryTtl: Duration.seconds(6) },
      /^memoryTtl must be from 0 ms to ttl, 5000 ms; got 6000 ms/,
    ],
    ['maxInflight alone', { model: iris(), maxInflight: 2 }, /^maxInflight must come with singleFlight/],
    ['maxInflight of 0', { model: iris(), singleFlight: true, maxInflight: 0 }, /^maxInflight must be a whole number/],
    [
      'concurrent and singleFlight',
      { model: iris(), singleFlight: true, strategy: CacheStrategy.CONCURRENT },
      /^strategy must be lookup-first with singleFlight/,
    ],
    [
      'an unknown input',
      { model: iris(), keyInputs: ['user_id'] },
      /^keyInputs must be .* some of features; got "user_id"/,
    ],
    [
      'a deadline that is too short',
      { model: iris(), cacheDeadline: Duration.millis(10_500) },
      /^cacheDeadline must be longer than 10500 ms, which is the deadline of the predictor 10000 ms and cacheTimeout 500 ms; got 10500 ms/,
    ],
    [
      'a cache that takes all of the time',
      {
        model: iris(),
        deadline: Duration.seconds(1),
        cacheTimeout: Duration.seconds(2),
        cacheDeadline: Duration.seconds(3),
      },
      /^cacheDeadline must be longer than 3000 ms, which is .* and cacheTimeout 2000 ms; got 3000 ms/,
    ],
    [
      'a lease that takes all of the time',
      { model: iris(), singleFlight: true, maxInflight: 3, cacheDeadline: Duration.seconds(12) },
      /^cacheDeadline must be longer than 12500 ms, which is .* and 5 times cacheTimeout 2500 ms; got 12000 ms/,
    ],
    [
      'a cacheTimeout that nobody knows yet',
      { model: iris(), cacheTimeout: Duration.millis(Lazy.number({ produce: () => 100 })) },
      /^cacheTimeout must be known at synth/,
    ],
    [
      'answers of their own for callers without names',
      { model: iris(), auth: Auth.none(), perPrincipal: true },
      /^perPrincipal must come with an auth/,
    ],
    ['hooks', { model: iris(), postprocess: Hook.fromAsset(hook()) }, /^postprocess must not be given/],
  ])('refuses %s', (_, props, message) => {
    expect(() => make(props)).toThrow(message);
  });

  test('refuses options of a function that it does not make', () => {
    const stack = newStack();
    const predictor = new Predictor(stack, 'P', { model: iris() });
    expect(() => new PredictionCache(stack, 'A', { predictor, memory: Size.mebibytes(512) })).toThrow(
      /^memory must be given to the predictor itself/,
    );
    expect(() => new PredictionCache(stack, 'B', { predictor, model: iris() })).toThrow(/got both/);
  });
});

describe('CachedPredictor', () => {
  test('is a predictor that others are made of, without an API', () => {
    const stack = newStack();
    const predictor = new Predictor(stack, 'Iris', { model: iris(), deadline: Duration.seconds(2) });
    const cached = new CachedPredictor(stack, 'Cached', { predictor });
    const service = new Synchronous(stack, 'Service', { predictor: cached });
    expect(service.revision).toBe(predictor.revision);
    expect(cached.metric('CacheHits').metricName).toBe('CacheHits');
    expect(cached.metric('Latency').metricName).toBe('Latency');
    expect(() => cached.metric('Nothing')).toThrow(/No metric "Nothing"/);
    Template.fromStack(stack).resourceCountIs('AWS::ApiGateway::RestApi', 1);
  });
});
