import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { afterEach, expect, test } from 'vitest';
import { buildHooks } from '../../bin/hooks/build-hooks';
import { Hook } from '../../lib';
import { gatewayEvent } from './events';
import { predictFunction } from './function-folder';
import { ROOT } from './install';
import { LambdaFunction } from './lambda-function';

const folder = mkdtempSync(path.join(os.tmpdir(), 'runtime-hooks-'));
const IRIS = path.join(ROOT, 'models/iris');
const READY = gatewayEvent({ method: 'GET', resource: '/v2/health/ready' });
const predict = (body: unknown) =>
  gatewayEvent({ method: 'POST', resource: '/predict', body: JSON.stringify(body), contentType: 'application/json' });

let fn: LambdaFunction | undefined;
afterEach(() => fn?.stop());

test('[1.5] the examples of the documentation, bundled, in AWS Lambda', async () => {
  cpSync(path.join(ROOT, 'examples/hooks'), folder, { recursive: true });
  const [flower = '', species = ''] = ['flower.ts', 'species.ts'].map((name) => path.join(folder, name));
  await buildHooks([flower, species], [ROOT]);
  const hooks = { preprocess: Hook.fromAsset(flower), postprocess: Hook.fromAsset(species) };
  fn = await LambdaFunction.start(predictFunction(IRIS, hooks));
  expect(fn.initLines.map((line) => JSON.parse(line).event)).toEqual(['model_loaded']);
  const flowers = [{ sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 }];
  const { response, stderr, stdout } = await fn.invoke<APIGatewayProxyResult>(predict({ flowers }));
  expect(JSON.parse(response.body), response.body).toEqual([{ species: 'setosa', score: expect.closeTo(0.979, 3) }]);
  expect([stderr, stdout.length]).toEqual([[], 1]);
  expect((await fn.invoke<{ cases: number }>({})).response.cases).toBe(3);
});

test('a hook that does not load: alive, not ready, and the self-test fails', async () => {
  const broken = path.join(folder, 'broken.mjs');
  writeFileSync(broken, `throw new Error('no vocabulary');`);
  fn = await LambdaFunction.start(predictFunction(IRIS, { preprocess: Hook.fromAsset(broken) }));
  expect(fn.initLines.map((line) => JSON.parse(line).event)).toEqual(['model_load_failed']);
  expect((await fn.invoke<APIGatewayProxyResult>(READY)).response.statusCode).toBe(503);
  const { failed, response } = await fn.invoke<{ errorMessage: string }>({});
  expect(failed).toBe(true);
  expect(response.errorMessage).toContain('the hook preprocess does not load: no vocabulary');
});
