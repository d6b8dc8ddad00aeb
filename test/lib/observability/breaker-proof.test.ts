import { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { HEADERS } from '../../../lambdas/shared/contract';
import { ServingError } from '../../../lambdas/shared/errors';
import { Model, PredictionCircuitBreak } from '../../../lib';
import { breakerFunction } from '../../lambdas/circuit-break/breaker-function';
import { SETTINGS } from '../../lambdas/circuit-break/breaker-model';
import { INFER } from '../../lambdas/function';
import { newStack } from '../stack';
import { emittedMetrics, neverEmitted, watchedBy } from './metrics';

const flower = { inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] }] };

test('[X.5] [10.6] alarms and graphs of a circuit break look at what its function writes', async () => {
  const stack = newStack();
  new PredictionCircuitBreak(stack, 'Iris', { model: Model.fromAsset('models/iris'), serviceName: 'test-service' });
  const watched = watchedBy(Template.fromStack(stack)).filter(({ namespace }) => !namespace.startsWith('AWS/'));
  expect(watched.length).toBeGreaterThan(10);
  const { log, post, tally, weather } = breakerFunction();
  const ask = async () => (await post(INFER, flower, { parameters: { model: 'iris' } })).headers[HEADERS.fallback];
  expect(await ask()).toBeUndefined();
  weather.full = true;
  expect(await ask()).toBe('concurrency');
  weather.full = false;
  weather.slowCallMs = 0;
  expect(await ask()).toBeUndefined();
  weather.error = new ServingError('BAD_GATEWAY', 'it failed');
  for (let i = 0; i < SETTINGS.minimumCalls; i++) await ask();
  expect(await ask()).toBe('open');
  weather.error = undefined;
  weather.slowCallMs = 60_000;
  weather.now += SETTINGS.openMs;
  for (let i = 0; i < SETTINGS.probes; i++) expect(await ask()).toBeUndefined();
  tally().tableFailed(new Error('it does not answer'));
  expect(neverEmitted(watched, emittedMetrics(log))).toEqual([]);
  const alarmed = new Set(watched.filter(({ by }) => by.includes('Alarm')).map(({ name }) => name));
  expect([...alarmed]).toEqual(
    expect.arrayContaining(['RefusedOpen', 'RefusedConcurrency', 'BreakerOpened', 'BreakerTableFailures']),
  );
});
