import { describe, expect, it } from 'vitest';
import { INFER, predictFunction } from '../function';
import { goldenOf } from '../manifest';

describe('[1.1] golden inputs give the expected outputs', () => {
  it.each(['iris', 'digits', 'digits-fast', 'two-in-two-out', 'fixed-batch', 'scalar', 'slow', 'identity-int64'])(
    '%s',
    async (name) => {
      const fn = predictFunction(name);
      const golden = goldenOf(name);
      for (const testCase of golden.cases) {
        const answer = await fn.post(INFER, { inputs: testCase.inputs }, { parameters: { model: name } });
        expect(answer.json).not.toHaveProperty('error');
        for (const [i, expected] of testCase.outputs.entries()) {
          const output = answer.json.outputs[i];
          expect(output).toMatchObject({ name: expected.name, datatype: expected.datatype, shape: expected.shape });
          for (const [j, value] of (expected.data as number[]).entries()) {
            expect(Math.abs(output.data[j] - value)).toBeLessThanOrEqual(golden.tolerance);
          }
        }
      }
    },
  );
});
