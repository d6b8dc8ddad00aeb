import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ENV } from '../../../lambdas/shared/contract';
import { Model, ModelSource, Synchronous, WebSingle } from '../../../lib';
import { PATTERNS } from '../../../lib/template/patterns';
import { INFER, predictFunction, type TestFunction } from '../../lambdas/function';
import { type FakeS3, startFakeS3 } from '../../lambdas/shared/session/fake-s3';
import { newStack } from '../stack';
import { type EmittedMetric, emittedMetrics, neverEmitted, type WatchedMetric, watchedBy } from './metrics';

const iris = () => Model.fromAsset('models/iris');
const byPointer = (stack: Stack) =>
  Model.fromDirectory('models/iris', ModelSource.fromPointer(new Bucket(stack, 'Models'), 'models/current.json'));

/** A service of each pattern of serving.yaml, and of the ways to build it that are watched otherwise. */
const SERVICES: Readonly<Record<string, (stack: Stack) => unknown>> = {
  'web-single': (stack) => new WebSingle(stack, 'Iris', { model: iris() }),
  synchronous: (stack) => new Synchronous(stack, 'Iris', { model: iris(), serviceName: 'flowers' }),
  'synchronous with a model by pointer': (stack) => new Synchronous(stack, 'Iris', { model: byPointer(stack) }),
  'synchronous with another pattern': (stack) =>
    new Synchronous(stack, 'Outer', { predictor: new WebSingle(stack, 'Inner', { model: iris() }) }),
};

const row = { inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] }] };
const parameters = { model: 'iris' };
const own = ({ namespace }: { namespace: string }) => !namespace.startsWith('AWS/');

let s3: FakeS3;

beforeAll(async () => {
  s3 = await startFakeS3();
});
beforeEach(() => {
  s3.reset();
  s3.objects.set('models/1.onnx', readFileSync('models/iris/model.onnx'));
  pointTo({ key: 'models/1.onnx', sha256: iris().card.sha256, version: '1.0.0' });
});
afterAll(() => s3.close());

const pointTo = (pointer: object) => s3.objects.set('models/current.json', Buffer.from(JSON.stringify(pointer)));
const nowhere = { key: 'models/none.onnx', sha256: '0'.repeat(64), version: '2.0.0' };

/** Where the metrics of the others are proven. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  // Several functions write these, so they are proven where those run.
  'test/e2e/job-metrics.e2e.test.ts': ['asynchronous', 'asynchronous-horizontal', 'multiple-stage'],
  'test/lib/observability/batch-proof.test.ts': ['batch'],
  'test/lib/observability/cache-proof.test.ts': ['data-cache', 'prediction-cache'],
  'test/lib/observability/breaker-proof.test.ts': ['prediction-circuit-break'],
  'test/lib/graph/watched.test.ts': ['microservice-horizontal', 'microservice-vertical', 'preprocess-prediction'],
};

test('every pattern of serving.yaml is among the services that are proven here or elsewhere', () => {
  const proven = [...Object.keys(SERVICES), ...Object.values(ELSEWHERE).flat()];
  expect(proven).toEqual(expect.arrayContaining(Object.keys(PATTERNS)));
  for (const file of Object.keys(ELSEWHERE)) expect(existsSync(file), file).toBe(true);
});

describe.each(Object.entries(SERVICES))('[X.5] [2.4] %s', (_, build) => {
  test('alarms and graphs look at what the function writes: namespace, name, dimensions and values', async () => {
    const stack = newStack({ 'aws:cdk:enable-asset-metadata': true });
    build(stack);
    const template = Template.fromStack(stack);
    const watched = watchedBy(template).filter(own);
    expect(watched.length).toBeGreaterThan(10);
    const fn = deployedFunction(stack, template);
    await ask(fn);
    expect(neverEmitted(watched, emittedMetrics(fn.log))).toEqual([]);
  });
});

test('[X.5] titles of graphs say the unit that is emitted', async () => {
  const stack = newStack({ 'aws:cdk:enable-asset-metadata': true });
  new WebSingle(stack, 'Iris', { model: iris() });
  const template = Template.fromStack(stack);
  const fn = deployedFunction(stack, template);
  await ask(fn);
  const units = new Map(emittedMetrics(fn.log).map(({ name, unit }) => [name, unit]));
  for (const { by, name } of watchedBy(template).filter(own)) {
    const inMs = by.endsWith('(ms)') || by.includes('LatencyAlarm');
    expect(units.get(name), by).toBe(inMs ? 'Milliseconds' : 'Count');
  }
});

describe('[X.5] one side renamed is found', () => {
  const watched: WatchedMetric = { by: 'Alarm', namespace: 'N', name: 'Latency', dimensions: { a: '1', b: '2' } };
  const emitted: EmittedMetric = { namespace: 'N', name: 'Latency', unit: 'Count', dimensions: { b: '2', a: '1' } };

  test.each<[string, Partial<EmittedMetric>]>([
    ['namespace', { namespace: 'M' }],
    ['name', { name: 'latency' }],
    ['dimension', { dimensions: { a: '1', c: '2' } }],
    ['value', { dimensions: { a: '1', b: '3' } }],
    ['one more dimension', { dimensions: { a: '1', b: '2', c: '3' } }],
  ])('%s', (_, change) => {
    expect(neverEmitted([watched], [emitted])).toEqual([]);
    expect(neverEmitted([watched], [{ ...emitted, ...change }])).toEqual([watched]);
  });
});

test('[X.5] a model that never loads fails under its own name, where its alarm looks', async () => {
  pointTo(nowhere);
  const stack = newStack({ 'aws:cdk:enable-asset-metadata': true });
  new WebSingle(stack, 'Iris', { model: byPointer(stack) });
  const template = Template.fromStack(stack);
  const fn = deployedFunction(stack, template);
  expect((await fn.post(INFER, row, { parameters })).statusCode).toBe(503);
  expect(fn.log.at(-1)).toMatchObject({ ServerErrors: 1, code: 'MODEL_NOT_READY' });
  const errors = watchedBy(template).filter(({ name }) => name === 'ServerErrors');
  expect(errors.length).toBeGreaterThan(0);
  expect(neverEmitted(errors, emittedMetrics(fn.log))).toEqual([]);
});

test('[2.4] metrics of AWS are those of this function and this API, and names that AWS has', () => {
  const stack = newStack();
  new WebSingle(stack, 'A', { model: iris() });
  new WebSingle(stack, 'B', { model: iris() });
  const template = Template.fromStack(stack);
  const functions = Object.entries(template.findResources('AWS::Lambda::Function'))
    .filter(([, { Properties }]) => Properties.Environment?.Variables?.[ENV.service])
    .map(([id]) => `<${id}>`);
  const apis = Object.values(template.findResources('AWS::ApiGateway::RestApi')).map(
    ({ Properties }) => Properties.Name,
  );
  const stages = Object.keys(template.findResources('AWS::ApiGateway::Stage')).map((id) => `<${id}>`);
  expect(new Set(apis).size).toBe(2);
  const ofAws = watchedBy(template).filter((metric) => !own(metric));
  for (const { namespace, name, dimensions } of ofAws) {
    if (namespace === 'AWS/Lambda') {
      expect(['Throttles', 'ConcurrentExecutions']).toContain(name);
      expect(dimensions).toEqual({ FunctionName: expect.toBeOneOf(functions) });
    } else {
      expect(['Count', '4XXError', '5XXError']).toContain(name);
      expect(dimensions).toEqual({ ApiName: expect.toBeOneOf(apis), Stage: expect.toBeOneOf(stages) });
    }
  }
  const alarmed = ofAws.filter(({ by }) => by.includes('Alarm'));
  expect(new Set(alarmed.map(({ dimensions }) => JSON.stringify(dimensions))).size).toBe(4);
});

/** The function as a deployment would have it: the environment and the manifest that synth wrote. */
function deployedFunction(stack: Stack, template: Template): TestFunction {
  const [fn] = Object.values(template.findResources('AWS::Lambda::Function')).filter(
    ({ Properties }) => Properties.Environment?.Variables?.[ENV.service],
  );
  const folder = path.join((stack.node.root as App).outdir, fn?.Metadata['aws:asset:path']);
  const manifest = JSON.parse(readFileSync(path.join(folder, 'model/manifest.json'), 'utf8'));
  const { [ENV.modelDir]: _, ...variables } = fn?.Properties.Environment.Variables ?? {};
  return predictFunction('iris', { manifest, env: { ...variables, ...s3.env, [ENV.modelCheckMs]: '1' } });
}

/** Predicts, refuses, and follows a pointer to nowhere. */
async function ask(fn: TestFunction): Promise<void> {
  expect((await fn.post(INFER, row, { parameters })).statusCode).toBe(200);
  expect((await fn.post(INFER, {}, { parameters })).statusCode).toBe(400);
  pointTo(nowhere);
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect((await fn.post(INFER, row, { parameters })).statusCode).toBe(200);
}
