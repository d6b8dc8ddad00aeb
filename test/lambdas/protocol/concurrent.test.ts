import { expect, it } from 'vitest';
import type { Tensor } from '../../../lambdas/shared/protocol/tensor';
import { INFER, predictFunction } from '../function';
import { ask } from './binary-client';

it('2,000 requests at once, as JSON, bytes and rows: every answer belongs to its own question', async () => {
  const fn = predictFunction('two-in-two-out');
  const answers = await Promise.all(
    Array.from({ length: 2000 }, async (_, number) => {
      const values = [number, number + 0.5, -number];
      if (number % 3 === 0) {
        const a: Tensor = { name: 'a', datatype: 'FP32', shape: [1, 3], data: new Float32Array(values) };
        const b: Tensor = { name: 'b', datatype: 'INT64', shape: [1, 1], data: new BigInt64Array([BigInt(number)]) };
        const answer = await ask(fn, [a, b], { id: `${number}`, parameters: { binary_data_output: true } });
        return { id: answer.json.id, sum: [...((answer.outputs[0]?.data as Float32Array) ?? [])] };
      }
      if (number % 3 === 1) {
        const { json } = await fn.post('/predict', { instances: [{ a: values, b: [number] }] });
        return { id: `${number}`, sum: json.predictions[0].sum };
      }
      const { json } = await fn.post(INFER, {
        id: `${number}`,
        inputs: [
          { name: 'a', datatype: 'FP32', shape: [1, 3], data: values },
          { name: 'b', datatype: 'INT64', shape: [1, 1], data: [number] },
        ],
      });
      return { id: json.id, sum: json.outputs[0].data };
    }),
  );
  for (const [number, answer] of answers.entries()) {
    expect(answer).toEqual({ id: `${number}`, sum: [number * 2, number * 2 + 0.5, 0] });
  }
});
