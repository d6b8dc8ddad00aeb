import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { afterEach, expect, test } from 'vitest';
import { answerTo, largeModel, modelFolder, rowOf } from '../lib/large-model';
import { inferEvent } from './events';
import { predictFunction } from './function-folder';
import { LambdaFunction } from './lambda-function';

let fn: LambdaFunction | undefined;
afterEach(() => fn?.stop());

/** The function's folder, and what it answers once somebody has been at it. */
async function answered(meddle: (folder: string) => void = () => {}) {
  const settings = predictFunction(
    modelFolder(largeModel(), 'large', { name: 'x', shape: [1100] }, { name: 'y', shape: [1100] }),
  );
  const folder = path.join(settings.folder, 'model');
  meddle(folder);
  fn = await LambdaFunction.start(settings);
  const x = { name: 'x', datatype: 'FP32' as const, shape: [1, 1100], data: rowOf(2) };
  const { response } = await fn.invoke<APIGatewayProxyResult>(inferEvent('large', { inputs: [x] }));
  return { folder, status: response.statusCode, body: JSON.parse(response.body), log: fn.initLines.join() };
}

test('a large model ships as graph and weights, and answers', async () => {
  const { folder, status, body } = await answered();
  expect(readdirSync(folder)).toEqual(['golden.json', 'manifest.json', 'model.onnx', 'model.weights']);
  expect(status).toBe(200);
  expect(body.outputs[0].data).toEqual(answerTo(2));
});

test.each(['model.onnx', 'model.weights'])(
  '[X.3] with another %s than the deployed one it is never ready',
  async (name) => {
    const { status, body, log } = await answered((folder) => {
      const content = readFileSync(path.join(folder, name));
      content.writeUInt8((content.at(-1) as number) ^ 1, content.length - 1);
      writeFileSync(path.join(folder, name), content);
    });
    expect([status, body.code]).toEqual([503, 'MODEL_NOT_READY']);
    expect(log).toMatch(new RegExp(`${name} has sha256 \\w{64}, expected`));
  },
);
