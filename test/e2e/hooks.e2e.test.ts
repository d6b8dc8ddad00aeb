import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { buildHooks } from '../../bin/hooks/build-hooks';
import type { HttpErrorBody } from '../../lambdas/shared/contract';
import { call, expectOutputs, golden, infer, logLineOf, post } from './client';
import { deployApp, type Outputs } from './emulator';
import { needing } from './needing';

const target = inject('target');
const run = { target, folder: inject('folder') };
const hooks = path.join(run.folder, 'hook-modules');

const setosa = { sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 };
const virginica = { sepal_length: 6.7, sepal_width: 3, petal_length: 5.2, petal_width: 2.3 };
const species = [{ species: 'setosa', score: expect.any(Number) }];

let outputs: Outputs;
const urlOf = (stack: string) => `${target.endpointUrl}${outputs[stack]?.Path}`;
const predict = (stack: string, body: unknown, headers?: Record<string, string>) =>
  post<HttpErrorBody & { predictions: unknown[] }>(`${urlOf(stack)}/predict`, body, headers);

/** The examples of the documentation, an image hook, and one that does not load. */
beforeAll(async () => {
  mkdirSync(hooks);
  for (const name of ['flower.ts', 'species.ts']) cpSync(path.join('examples/hooks', name), path.join(hooks, name));
  await buildHooks([path.join(hooks, 'flower.ts'), path.join(hooks, 'species.ts')], [process.cwd()]);
  writeFileSync(
    path.join(hooks, 'digit.mjs'),
    `export const mediaTypes = ['image/png'];
export default async (request, { images }) => {
  const { data } = images.resize(await images.decode(request.bytes(), 1), 28, 28);
  return { image: { datatype: 'FP32', shape: [1, 1, 28, 28], data: data.map((value) => value / 255) } };
};`,
  );
  writeFileSync(path.join(hooks, 'broken.mjs'), `throw new Error('no vocabulary');`);
  outputs = await deployApp(run, 'hooks', { HOOKS: hooks });
});

describe('[1.5] hooks around the model of a deployed service', () => {
  test('records in, species out', async () => {
    const { body, headers, status } = await predict('test-hooks', { flowers: [setosa, virginica] });
    expect({ status, body }).toEqual({
      status: 200,
      body: [...species, { species: 'virginica', score: expect.any(Number) }],
    });
    expect(headers.get('x-model-name')).toBe('iris');
    const line = await logLineOf(outputs['test-hooks']?.LogGroup ?? '', headers.get('x-request-id'));
    expect(line).toMatchObject({ operation: 'predictRows', status: 200, rows: 2 });
  });

  test('[X.1] bad input is an error in our shape, and the log does not hold it', async () => {
    const { petal_width, ...short } = setosa;
    const { body, headers, status } = await predict('test-hooks', { flowers: [setosa, short] });
    expect(status).toBe(400);
    expect(body).toEqual({
      error: 'petal_width must be a number',
      code: 'INVALID_REQUEST',
      field: 'flowers[1].petal_width',
      requestId: headers.get('x-request-id'),
    });
  });

  test("a value that the card does not allow is the client's mistake", async () => {
    const { body, status } = await predict('test-hooks', { flowers: [{ ...setosa, petal_length: 99 }] });
    expect([status, body.code, body.field]).toEqual([400, 'INVALID_VALUE', 'features']);
  });

  test('bytes of an image', async () => {
    const png = new Uint8Array(readFileSync('models/digits/samples/7.png'));
    const { body } = await predict('test-image-hooks', png, { 'content-type': 'image/png' });
    expect(body.predictions).toMatchObject([{ label: 7 }]);
    const json = await predict('test-image-hooks', { instances: [] });
    expect([json.status, json.body.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  });

  test('the protocol goes past them: golden inputs give golden outputs', async () => {
    const { cases, tolerance } = golden('models/iris');
    for (const { inputs, outputs: wanted } of cases) {
      expectOutputs((await infer(urlOf('test-hooks'), 'iris', { inputs })).body.outputs, wanted, tolerance);
    }
  });
});

needing('customResources', 'stackUpdates').test(
  '[1.4] a release whose hook does not load fails, and the old one answers on',
  async () => {
    const broken = { HOOKS: hooks, POSTPROCESS: 'broken.mjs' };
    await expect(deployApp(run, 'hooks', broken)).rejects.toThrow('The deployment failed');
    expect((await predict('test-hooks', { flowers: [setosa] })).body).toEqual(species);
    expect((await call(`${urlOf('test-hooks')}/v2/health/ready`)).status).toBe(200);
  },
);
