import { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { DataCache, Model, PredictionCache } from '../../../lib';
import { cachedFunction } from '../../lambdas/cache/cached-function';
import { dataFunction, SETOSA } from '../../lambdas/cache/data-function';
import { newStack } from '../stack';
import { emittedMetrics, neverEmitted, watchedBy } from './metrics';

const flower = { inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] }] };

test('[X.5] [8.4] alarms and graphs of a cache look at what its function writes', async () => {
  const stack = newStack();
  new PredictionCache(stack, 'Iris', { model: Model.fromAsset('models/iris'), serviceName: 'test-service' });
  const watched = watchedBy(Template.fromStack(stack)).filter(({ namespace }) => !namespace.startsWith('AWS/'));
  expect(watched.length).toBeGreaterThan(10);
  const { log, post, table } = cachedFunction('iris');
  expect((await post(flower)).headers['x-cache']).toBe('MISS');
  expect((await post(flower)).headers['x-cache']).toBe('HIT');
  table.state = 'down';
  expect((await post(flower)).headers['x-cache']).toBe('BYPASS');
  expect(neverEmitted(watched, emittedMetrics(log))).toEqual([]);
  const alarmed = watched.filter(({ by, name }) => by.includes('CacheAlarm') && name === 'CacheFailures');
  expect(alarmed).toHaveLength(1);
});

test('[X.5] [9.6] alarms and graphs of a data cache look at what its function writes', async () => {
  const stack = newStack();
  const serviceName = 'test-service';
  new DataCache(stack, 'Iris', { model: Model.fromAsset('models/iris'), serviceName, prepared: true });
  const watched = watchedBy(Template.fromStack(stack)).filter(({ namespace }) => !namespace.startsWith('AWS/'));
  const { fill, log, post, store, table } = dataFunction();
  store.records.set('a', SETOSA).set('broken', {});
  await fill({ kind: 'refresh' });
  store.records.set('c', SETOSA);
  expect((await post('c')).headers['x-data-cache']).toBe('0/1');
  table.state = 'down';
  expect((await post('a')).statusCode).toBe(200);
  expect(neverEmitted(watched, emittedMetrics(log))).toEqual([]);
});
