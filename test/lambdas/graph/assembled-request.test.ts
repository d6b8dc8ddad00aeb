import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PredictorFailure, PredictorSuccess } from '../../../lambdas/shared/contract';
import { golden } from '../../e2e/client';
import { predictFunction, type TestFunction } from '../function';

const [known] = golden('models/digits').cases;
const body = { inputs: known?.inputs ?? [] };
const asking = { v: 1, requestId: 'r', deadlineMs: Date.now() + 600_000 };
const answered = {
  v: 1,
  status: 200,
  model: { name: 'm', version: '1', revision: 'r' },
  stages: [],
  startMs: 1,
  endMs: 2,
};
const renamed = [{ ...body.inputs[0], name: 'crop' }];
const response = { model_name: 'm', model_version: '1', outputs: renamed };

describe('a request that the predictor puts together', () => {
  let fn: TestFunction;
  beforeAll(() => {
    fn = predictFunction('digits', { manifest: { pair: 'digits-1' } });
  });
  beforeEach(() => {
    fn.log.length = 0;
  });
  const invoke = (request: object) =>
    fn.invoke({ ...asking, ...request }) as Promise<PredictorSuccess & PredictorFailure>;
  const from = (pair?: string) => ({
    assembly: {
      inputs: { image: { step: 'before', tensor: 'crop' } },
      steps: { before: { ...answered, response, pair } },
    },
  });

  test('[6.1] its input is the output that the mapping names', async () => {
    const mapped = await invoke(from());
    const alone = await invoke({ request: body });
    expect(mapped.response.outputs).toEqual(alone.response.outputs);
  });

  test('[6.1] the first of several that there is', async () => {
    const first = {
      inputs: {
        image: {
          first: [
            { step: 'skipped', tensor: 'crop' },
            { step: 'before', tensor: 'crop' },
          ],
        },
      },
    };
    const steps = { skipped: null, before: { ...answered, response } };
    expect((await invoke({ assembly: { ...first, steps } })).status).toBe(200);
  });

  test('nothing gave it: the step fails, and the model does not run', async () => {
    const runs = fn.runs();
    const missing = await invoke({
      assembly: { inputs: { image: { step: 'skipped', tensor: 'crop' } }, steps: { skipped: null } },
    });
    expect(missing).toMatchObject({ status: 502, error: { code: 'BAD_GATEWAY' } });
    expect(fn.runs()).toBe(runs);
  });

  test('[6.3] what a condition looks at is told beside the answer', async () => {
    const reply = { key: 'graphs/x/y', inlineBytes: 100_000, values: ['label', 'probabilities'] };
    const { response: whole, values } = await invoke({ request: body, reply });
    const [label, probabilities] = whole.outputs;
    expect(values?.label).toBe(label?.data?.[0]);
    expect(values?.probabilities).toBeCloseTo(Math.max(...((probabilities?.data ?? []) as number[])), 6);
  });

  test('[6.7] a claim check without a payload store, or to a key of somebody else, is refused', async () => {
    const requestRef = { key: 'graphs/x/request', sha256: 'f', bytes: 1 };
    expect(await invoke({ requestRef })).toMatchObject({ status: 501, error: { field: 'requestRef' } });
    const elsewhere = { ...requestRef, key: 'jobs/x' };
    expect(await invoke({ requestRef: elsewhere })).toMatchObject({ status: 400, error: { field: 'requestRef' } });
  });

  test('[6.7] a client names no object, no pair and no other answers', async () => {
    for (const field of ['requestRef', 'assembly', 'reply', 'pair']) {
      expect(await invoke({ request: { ...body, [field]: {} } })).toMatchObject({ status: 400, error: { field } });
    }
  });

  test('[5.3] tensors of another pair are refused, the model does not run, and it is counted', async () => {
    const runs = fn.runs();
    for (const request of [{ request: body, pair: 'digits-2' }, from('digits-2')]) {
      expect(await invoke(request)).toMatchObject({ status: 503, error: { code: 'PAIR_MISMATCH' } });
    }
    expect(fn.runs()).toBe(runs);
    expect(fn.log.filter(({ PairMismatches }) => PairMismatches === 1)).toHaveLength(2);
    expect((await invoke({ request: body, pair: 'digits-1' })).status).toBe(200);
    expect((await invoke(from('digits-1'))).status).toBe(200);
  });
});
