import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AttributeType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, test } from 'vitest';
import { CACHE_ENV, DATA_ENV } from '../../../lambdas/shared/contract';
import {
  CachedData,
  CacheStrategy,
  DataCache,
  type DataCacheProps,
  DataPredictor,
  DataStore,
  Hook,
  Model,
  PredictionCache,
  Predictor,
} from '../../../lib';
import { fixture, manifestOf, newStack } from '../stack';

const iris = () => Model.fromAsset('models/iris');

/** What a function is told of its data; names of resources are left out. */
function settingsOf(template: Template) {
  const [variables] = Object.values(template.findResources('AWS::Lambda::Function'))
    .map(({ Properties }) => Properties.Environment?.Variables ?? {})
    .filter((each) => each[DATA_ENV.settings]);
  const text = variables[DATA_ENV.settings];
  const parts: unknown[] = typeof text === 'string' ? [text] : text['Fn::Join'][1];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'NAME')).join(''));
}

function cacheOf(template: Template) {
  const functions = Object.values(template.findResources('AWS::Lambda::Function'));
  const texts = functions.map(({ Properties }) => Properties.Environment?.Variables?.[CACHE_ENV.settings]);
  return JSON.parse(texts.find((text) => text !== undefined));
}

function make(props: Partial<DataCacheProps> = {}) {
  const stack = newStack();
  const service = new DataCache(stack, 'Iris', { model: iris(), ...props });
  return { stack, service, template: Template.fromStack(stack) };
}

describe('DataCache', () => {
  test('with a model alone is an API that takes ids, a cache, a store that is kept, and a predictor', () => {
    const { service, template } = make();
    template.resourceCountIs('AWS::ApiGateway::RestApi', 1);
    template.resourceCountIs('AWS::DynamoDB::Table', 2);
    template.hasResource('AWS::DynamoDB::Table', { DeletionPolicy: 'Retain' });
    template.hasResource('AWS::DynamoDB::Table', { DeletionPolicy: 'Delete' });
    expect(service.card.inputs).toEqual([expect.objectContaining({ name: 'id', datatype: 'BYTES', shape: [-1] })]);
    expect(service.card.outputs.map(({ name }) => name)).toEqual(['label', 'probabilities']);
    expect(service.revision).not.toBe(service.asked.revision);
    expect(service.deadline.toMilliseconds()).toBe(12_500);
    expect(Object.keys(service.monitoring.alarms)).toContain('CacheAlarm');
    expect(settingsOf(template)).toMatchObject({
      columns: { features: iris().card._inputs[0]?.features },
      form: 'preprocessed',
      strategy: 'concurrent',
      unknownTtlMs: 0,
    });
  });

  test('[9.4] prepared: the stream of the table fills the cache, and requests look there first', () => {
    const { service, template } = make({ prepared: true });
    template.hasResourceProperties('AWS::DynamoDB::Table', { StreamSpecification: { StreamViewType: 'NEW_IMAGE' } });
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 10,
      StartingPosition: 'TRIM_HORIZON',
    });
    expect(settingsOf(template).strategy).toBe('lookup-first');
    expect(service.predictor.filler).toBeDefined();
    // What is prepared stays so until it changes.
    expect(cacheOf(template).ttlMs).toBe(31 * 86_400_000);
    expect(cacheOf(make().template).ttlMs).toBe(300_000);
    expect(Object.keys(service.monitoring.alarms)).toEqual(
      expect.arrayContaining(['FillerAlarm', 'FillFailuresAlarm']),
    );
  });

  test('[9.4] prepared: EventBridge tells of the objects of a bucket, and all of them are read by a schedule', () => {
    const stack = newStack();
    const bucket = new Bucket(stack, 'Users');
    new DataCache(stack, 'Iris', {
      model: iris(),
      store: DataStore.bucket(bucket, { prefix: 'users/' }),
      prepared: true,
      refreshEvery: Duration.hours(1),
    });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created', 'Object Deleted'],
        detail: { bucket: { name: [{ Ref: Match.anyValue() }] }, object: { key: [{ prefix: 'users/' }] } },
      },
      Targets: [Match.objectLike({ InputTransformer: Match.anyValue() })],
    });
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(1 hour)',
      Targets: [Match.objectLike({ Input: '{"kind":"refresh"}' })],
    });
  });

  test('[9.5] a new preprocessing, and nothing else, is another version', () => {
    const hook = (text: string) => {
      const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'hook-')), 'hook.mjs');
      writeFileSync(file, text);
      return Hook.fromAsset(file);
    };
    const version = (props: Partial<DataCacheProps>) => settingsOf(make(props).template).version;
    const one = hook('export default (record) => record;');
    const other = hook('export default (record) => ({ ...record });');
    const columns = { features: ['a', 'b', 'c', 'd'] };
    const versions = [
      version({}),
      version({ prepareData: one }),
      version({ prepareData: other }),
      version({ columns }),
    ];
    expect(new Set(versions).size).toBe(4);
    expect(version({ ttl: Duration.hours(2), prepareData: one })).toBe(versions[1]);
  });

  test('[9.7] raw or preprocessed, a time to live, and a number as key of the table', () => {
    const stack = newStack();
    const table = new Table(stack, 'Users', { partitionKey: { name: 'user', type: AttributeType.NUMBER } });
    const store = DataStore.table(table, { key: 'user', numericKey: true });
    const service = new DataCache(stack, 'Iris', {
      model: iris(),
      store,
      cachedData: CachedData.RAW,
      strategy: CacheStrategy.LOOKUP_FIRST,
      ttl: Duration.hours(1),
    });
    expect(service.card.inputs[0]?.datatype).toBe('INT64');
    expect(settingsOf(Template.fromStack(stack))).toMatchObject({
      form: 'raw',
      strategy: 'lookup-first',
      store: { key: 'user', numeric: true },
    });
  });

  test('two in one stack, with a cache of predictions before one of them', () => {
    const stack = newStack();
    const predictor = new Predictor(stack, 'P', { model: iris(), deadline: Duration.seconds(2) });
    const data = new DataPredictor(stack, 'Data', { predictor });
    const { predictor: cache } = new PredictionCache(stack, 'A', { predictor: data });
    new DataCache(stack, 'B', { predictor, store: DataStore.http('https://users.example.org/v1/{id}') });
    Template.fromStack(stack).resourceCountIs('AWS::ApiGateway::RestApi', 2);
    // Each knows what the one behind it was when its own revision was made.
    expect(manifestOf(stack, data.function)).toMatchObject({ revision: data.revision, behind: predictor.revision });
    expect(manifestOf(stack, cache.function)).toMatchObject({ revision: data.revision, behind: data.revision });
  });

  test.each<[string, () => Partial<DataCacheProps>, RegExp]>([
    [
      'an address without an id',
      () => ({ store: DataStore.http('https://example.org/users') }),
      /^url must be .*\{id\}/,
    ],
    ...[
      'http://example.org/{id}',
      'https://user:secret@example.org/{id}',
      'https://api.example.org{id}',
      'https://{id}/',
    ].map((url): [string, () => Partial<DataCacheProps>, RegExp] => [
      url,
      () => ({ store: DataStore.http(url) }),
      /^url must be an https/,
    ]),
    [
      'a refresh that comes too late',
      () => ({ refreshEvery: Duration.hours(1) }),
      /^refreshEvery must be shorter than ttl/,
    ],
    [
      'a cache that takes all of the time',
      () => ({ cacheTimeout: Duration.seconds(5), dataDeadline: Duration.seconds(15) }),
      /^dataDeadline must be longer than 15000 ms, which is .* and the longer of storeTimeout and cacheTimeout 5000 ms/,
    ],
    [
      'a cache and then a store that take all of the time',
      () => ({ strategy: CacheStrategy.LOOKUP_FIRST, dataDeadline: Duration.seconds(12) }),
      /^dataDeadline must be longer than 12500 ms, which is .* and cacheTimeout 500 ms and storeTimeout 2000 ms/,
    ],
    ['a store that has no time', () => ({ storeTimeout: Duration.millis(0) }), /^storeTimeout must be from 10 ms/],
    [
      'prepared with what tells of no changes',
      () => ({ store: DataStore.http('https://example.org/{id}'), prepared: true }),
      /^prepared must not be given with DataStore.http/,
    ],
    [
      'a refresh of what cannot be listed',
      () => ({ store: DataStore.http('https://example.org/{id}'), refreshEvery: Duration.minutes(1) }),
      /^refreshEvery must not be given with DataStore.http/,
    ],
    [
      'columns of no input',
      () => ({ columns: { colour: ['red'] } }),
      /^columns must be of inputs of the model, features/,
    ],
    ['unknown ids for long', () => ({ unknownTtl: Duration.hours(1) }), /^unknownTtl must be at most 5 minutes/],
    [
      'a model whose batch is fixed',
      () => ({ model: Model.fromAsset(fixture('fixed-batch')) }),
      /^predictor must take rows/,
    ],
    [
      'a refresh of half a minute',
      () => ({ refreshEvery: Duration.seconds(30) }),
      /^refreshEvery must be whole minutes/,
    ],
  ])('refuses %s', (_, props, message) => {
    expect(() => make(props())).toThrow(message);
  });

  test('refuses to be filled from a table without a stream', () => {
    const stack = newStack();
    const plain = new Table(stack, 'Plain', { partitionKey: { name: 'id', type: AttributeType.STRING } });
    const streaming = new Table(stack, 'Streaming', {
      partitionKey: { name: 'id', type: AttributeType.STRING },
      stream: StreamViewType.NEW_IMAGE,
    });
    const cached = (id: string, table: Table) =>
      new DataCache(stack, id, { model: iris(), store: DataStore.table(table), prepared: true });
    expect(() => cached('A', plain)).toThrow(/^store must have a stream with prepared/);
    expect(() => cached('B', streaming)).not.toThrow();
  });
});
