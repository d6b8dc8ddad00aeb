import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromHalf } from '../../../lambdas/shared/protocol/float16';
import type { Tensor } from '../../../lambdas/shared/protocol/tensor';
import { INFER, predictFunction } from '../function';
import { goldenOf } from '../manifest';
import { ask, tensorOf } from './binary-client';

/** Those that must be refused say so in their description; `wrong-golden` loads, but its golden answer is a lie. */
const REFUSED = ['corrupt', 'custom-op', 'external-data', 'sequence-output', 'wrong-golden'];
const FIXTURES = readdirSync('test/fixtures/models').filter((name) =>
  existsSync(`test/fixtures/models/${name}/model.yaml`),
);
const MODELS = [...readdirSync('models').filter((name) => existsSync(`models/${name}/model.yaml`)), ...FIXTURES];

function expectClose(actual: readonly Tensor[], expected: readonly Tensor[], tolerance: number): void {
  expect(actual.map(({ data, ...tensor }) => tensor)).toEqual(expected.map(({ data, ...tensor }) => tensor));
  for (const [i, { data, datatype }] of expected.entries()) {
    const got = actual[i]?.data ?? [];
    expect(got.length).toBe(data.length);
    for (let at = 0; at < data.length; at++) {
      if (!datatype.startsWith('FP')) expect(got[at]).toBe(data[at]);
      else expect(Math.abs(number(datatype, got[at]) - number(datatype, data[at]))).toBeLessThanOrEqual(tolerance);
    }
  }
}

const number = (datatype: string, value: unknown) =>
  datatype === 'FP16' ? fromHalf(value as number) : (value as number);

describe('models of every kind answer their golden inputs alike through JSON and bytes', () => {
  it.each(MODELS.filter((name) => !REFUSED.includes(name)))('%s', async (name) => {
    const fn = predictFunction(name);
    const { cases, tolerance } = goldenOf(name);
    expect(cases.length).toBeGreaterThan(0);
    for (const { inputs, outputs } of cases) {
      const expected = outputs.map(tensorOf);
      const binary = await ask(fn, inputs.map(tensorOf), { parameters: { binary_data_output: true } });
      expect(binary.status, JSON.stringify(binary.json)).toBe(200);
      expectClose(binary.outputs, expected, tolerance);
      // JSON has no half-precision values.
      if (inputs.some(({ datatype }) => datatype === 'FP16')) continue;
      const { json } = await fn.post(INFER, { inputs });
      expect(json.outputs.map(tensorOf)).toEqual(binary.outputs);
    }
  });

  it('a model whose output is a sequence is refused when it is loaded, and the log says why', async () => {
    const fn = predictFunction('sequence-output');
    const answer = await fn.post(INFER, { inputs: [] });
    expect(answer.json).toMatchObject({ code: 'MODEL_NOT_READY' });
    const failure = fn.log.find(({ event }) => event === 'model_load_failed');
    expect(failure?.reason).toMatch(
      /output "y".* FP32.* the model has another type: "y" is a sequence or map; export with zipmap off/,
    );
    expect((await fn.get('/v2/health/ready')).statusCode).toBe(503);
  });
});
