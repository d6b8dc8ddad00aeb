import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { afterEach, expect, test } from 'vitest';
import { gatewayEvent, inferEvent, predictorRequest } from './events';
import { predictFunction } from './function-folder';
import { ROOT } from './install';
import { type FunctionSettings, LambdaFunction } from './lambda-function';

const fixture = (name: string) => path.join(ROOT, 'test/fixtures/models', name);
const LIVE = gatewayEvent({ method: 'GET', resource: '/v2/health/live' });
const READY = gatewayEvent({ method: 'GET', resource: '/v2/health/ready' });
const ROW = { inputs: [{ name: 'features', datatype: 'FP32' as const, shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] }] };

let fn: LambdaFunction | undefined;
afterEach(() => fn?.stop());

async function start(settings: FunctionSettings): Promise<LambdaFunction> {
  fn = await LambdaFunction.start(settings);
  return fn;
}

test('a model whose answers are not the golden ones fails the self-test', async () => {
  const running = await start(predictFunction(fixture('wrong-golden')));
  const { failed, response } = await running.invoke<{ errorMessage: string }>({});
  expect(failed).toBe(true);
  expect(response.errorMessage).toMatch(/^Self-test failed: golden case "/);
});

test('a model that does not load fails the self-test; the function is alive, not ready, and says so', async () => {
  const running = await start(predictFunction(fixture('corrupt')));
  expect(running.initLines.map((line) => JSON.parse(line).event)).toEqual(['model_load_failed']);
  await expectNotReady(running, 'corrupt');
  expect((await running.invoke({})).failed).toBe(true);
});

test('without its layer the function is alive, not ready, and says so', async () => {
  const nothing = mkdtempSync(path.join(os.tmpdir(), 'no-layer-'));
  const running = await start({ ...predictFunction(path.join(ROOT, 'models/iris')), layerModules: nothing });
  await expectNotReady(running, 'iris');
  const selfTest = await running.invoke<{ errorMessage: string }>({});
  expect(selfTest.failed).toBe(true);
  expect(selfTest.response.errorMessage).toMatch(/onnxruntime/);
});

async function expectNotReady(running: LambdaFunction, model: string): Promise<void> {
  const status = async (event: object) => (await running.invoke<APIGatewayProxyResult>(event)).response.statusCode;
  expect(await status(LIVE)).toBe(200);
  expect(await status(READY)).toBe(503);
  const { response } = await running.invoke<APIGatewayProxyResult>(inferEvent(model, ROW));
  expect(response.statusCode).toBe(503);
  expect(JSON.parse(response.body).code).toBe('MODEL_NOT_READY');
  // By invoke it is thrown under its code, which is what a workflow retries by.
  const direct = await running.invoke<{ errorType: string }>(predictorRequest(ROW));
  expect(direct.failed).toBe(true);
  expect(direct.response.errorType).toBe('MODEL_NOT_READY');
}
