import type { APIGatewayProxyResult } from 'aws-lambda';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterEach, describe, expect, test } from 'vitest';
import type { Golden, InferResponse, PredictorSuccess, WireTensor } from '../../lambdas/shared/contract';
import { DATATYPE_INFO } from '../../lambdas/shared/protocol/datatypes';
import { fromHalf, toHalf } from '../../lambdas/shared/protocol/float16';
import { inferEvent, predictorRequest } from '../runtime/events';
import { predictFunction } from '../runtime/function-folder';
import { LambdaFunction } from '../runtime/lambda-function';
import { demoModel, fixture, Project } from './init-project';

/** Kinds of models that people have, each with a file of that kind. */
const MODELS: readonly [string, string][] = [
  ['rows of floats', demoModel('iris')],
  ['images', demoModel('digits-fast')],
  ['64-bit integers', fixture('identity-int64')],
  ['bytes', fixture('identity-uint8')],
  ['texts', fixture('identity-bytes')],
  ['booleans', fixture('identity-bool')],
  ['doubles', fixture('identity-fp64')],
  ['half-precision floats', fixture('identity-fp16')],
  ['several inputs and outputs', fixture('two-in-two-out')],
  ['a fixed batch', fixture('fixed-batch')],
  ['a scalar output', fixture('scalar')],
  ['a loop, and an input beside the batch', fixture('slow')],
];

let fn: LambdaFunction | undefined;
afterEach(() => fn?.stop());

describe('[12.6] a model of any kind, from its file to a function that answers as ONNX Runtime does', () => {
  test.each(MODELS)('%s', async (_, file) => {
    const project = new Project();
    const { exitCode, stderr } = await project.init(file, '--name', 'm');
    expect(exitCode, stderr).toBe(0);
    const { cases, tolerance }: Golden = JSON.parse(project.read('models/m/golden.json'));
    fn = await LambdaFunction.start(predictFunction(project.path('models/m')));
    expect((await fn.invoke<{ cases: number }>({})).response).toMatchObject({ cases: cases.length });
    const inputs = (cases.at(-1)?.inputs ?? []).map(turned);
    const expected = await reference(file, inputs);
    const isHalf = inputs.some(({ datatype }) => datatype === 'FP16');
    const { outputs } = isHalf ? await byInvoke(fn, inputs) : await byHttp(fn, inputs);
    expectClose(outputs, expected, tolerance);
  });
});

/** Other values than the recorded ones, which are as good: the same in another order. */
function turned(wire: WireTensor): WireTensor {
  return { ...wire, data: [...(wire.data ?? [])].reverse() };
}

async function byHttp(running: LambdaFunction, inputs: readonly WireTensor[]): Promise<InferResponse> {
  const { response } = await running.invoke<APIGatewayProxyResult>(inferEvent('m', { inputs }));
  expect(response.statusCode, response.body).toBe(200);
  return JSON.parse(response.body);
}

/** JSON has no half-precision numbers. */
async function byInvoke(running: LambdaFunction, inputs: readonly WireTensor[]): Promise<InferResponse> {
  const raw = inputs.map(({ data = [], ...wire }) => {
    const halves = Uint16Array.from(data as number[], toHalf);
    return { ...wire, raw: Buffer.from(halves.buffer).toString('base64') };
  });
  const { response } = await running.invoke<PredictorSuccess>(predictorRequest({ inputs: raw }));
  expect(response.status, JSON.stringify(response)).toBe(200);
  return response.response;
}

/** ONNX Runtime by itself, with nothing of ours between. */
async function reference(file: string, inputs: readonly WireTensor[]): Promise<Record<string, unknown[]>> {
  const session = await InferenceSession.create(file);
  const feeds = Object.fromEntries(inputs.map((wire) => [wire.name, ortTensor(wire)]));
  const results = await session.run(feeds);
  return Object.fromEntries(
    Object.entries(results).map(([name, { data, type }]) => {
      const values = Array.from(type === 'float16' ? halfBits(data as Uint16Array) : (data as Float32Array));
      return [name, type === 'float16' ? values.map((bits) => fromHalf(bits)) : values];
    }),
  );
}

function ortTensor({ datatype, data = [], shape }: WireTensor): Tensor {
  const type = DATATYPE_INFO[datatype].ort;
  if (datatype === 'FP16') {
    const halves = Uint16Array.from(data as number[], toHalf);
    return Object.assign(new Tensor('uint16', halves, shape), { type });
  }
  const values = datatype.endsWith('INT64') ? data.map((value) => BigInt(value as number)) : data;
  return new Tensor(type as 'float32', values as number[], shape);
}

function halfBits({ buffer, byteOffset, length }: Uint16Array): Uint16Array {
  return new Uint16Array(buffer, byteOffset, length);
}

function expectClose(
  actual: readonly WireTensor[],
  expected: Readonly<Record<string, unknown[]>>,
  tolerance: number,
): void {
  expect(actual.map(({ name }) => name)).toEqual(Object.keys(expected));
  for (const { name, datatype, data, raw } of actual) {
    const values = raw === undefined ? (data ?? []) : halvesOf(raw);
    const wanted = expected[name] ?? [];
    expect(values).toHaveLength(wanted.length);
    for (const [at, value] of values.entries()) {
      if (datatype.startsWith('FP'))
        expect(Math.abs(Number(value) - Number(wanted[at]))).toBeLessThanOrEqual(tolerance);
      else expect(String(value)).toBe(datatype === 'BOOL' ? String(Boolean(wanted[at])) : String(wanted[at]));
    }
  }
}

function halvesOf(raw: string): number[] {
  const content = Buffer.from(raw, 'base64');
  return Array.from({ length: content.length / 2 }, (_, at) => fromHalf(content.readUInt16LE(2 * at)));
}
