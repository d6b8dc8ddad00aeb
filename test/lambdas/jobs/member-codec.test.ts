import { describe, expect, test } from 'vitest';
import type { InputSpec } from '../../../lambdas/shared/contract';
import type { Job } from '../../../lambdas/shared/jobs/job';
import type { Tensor } from '../../../lambdas/shared/protocol/tensor';
import { identityOf } from '../../../lambdas/shared/session/model-store';
import { memberCodec } from '../../../lambdas/worker/member-codec';
import { manifestOf } from '../manifest';

const wide: InputSpec = { name: 'image', datatype: 'FP32', shape: [-1, 2], allowNaN: true };
const IMAGE = { name: 'image', datatype: 'FP32', shape: [1, 2] };

/** What a model with this input is run on, of a request for a whole with a wider card. */
function decoded(own: Partial<InputSpec>, tensor: object, inputs: Record<string, string> = {}) {
  const { codec, model } = codecFor(own, { inputs: [{ ...IMAGE, ...tensor }] }, inputs);
  return codec.decode(model);
}

function codecFor(own: Partial<InputSpec>, request: object, inputs: Record<string, string> = {}) {
  const whole = manifestOf('digits', { inputs: [wide] });
  const manifest = manifestOf('digits', { inputs: [{ ...wide, allowNaN: undefined, ...own }] });
  const body = JSON.stringify(request);
  const headers = { 'content-type': 'application/json' };
  const job = { input: { operation: 'infer', headers }, expects: {}, requestId: 'r' } as unknown as Job;
  const codecOf = memberCodec(whole, { name: 'a', model: 'digits', endsAll: false, all: ['a'], inputs });
  const codec = codecOf({ job, body: { headers, body, isBase64Encoded: false }, deadlineMs: Date.now() + 60_000 });
  return { codec, model: { identity: identityOf(manifest), manifest } };
}

describe('[7.5] [X.2] a model is run on nothing that its own card refuses', () => {
  test.each<[string, Partial<InputSpec>, object, object]>([
    ['a value beyond its limits', { minimum: 0, maximum: 1 }, { data: [0, 500] }, { code: 'INVALID_VALUE' }],
    ['a NaN', {}, { raw: Buffer.from(new Float32Array([Number.NaN, 0]).buffer).toString('base64') }, {}],
    ['another shape', { shape: [-1, 3] }, { data: [0, 1] }, { code: 'INVALID_SHAPE' }],
  ])('%s, as a mistake of the client', async (_, own, tensor, expected) => {
    await expect(decoded(own, tensor)).rejects.toMatchObject({ status: 400, field: 'image', ...expected });
  });

  test('what it allows goes through, under its own name', async () => {
    const { inputs, rows } = await decoded(
      { name: 'pixels', minimum: 0, maximum: 1 },
      { shape: [2, 2], data: [0, 1, 1, 0] },
      { pixels: 'image' },
    );
    expect(rows).toBe(2);
    expect(inputs).toEqual([
      { name: 'pixels', datatype: 'FP32', shape: [2, 2], data: Float32Array.of(0, 1, 1, 0) } satisfies Tensor,
    ]);
  });

  test('one that has another name in the request is named as the client knows it', async () => {
    const asked = decoded({ name: 'pixels', maximum: 1 }, { data: [0, 2] }, { pixels: 'image' });
    await expect(asked).rejects.toMatchObject({ field: 'image' });
  });
});

test('[7.5] beside its answer there is what the client asked for; not where that is too long for a row', async () => {
  const ask = async (id: string) => {
    const request = { id, inputs: [{ ...IMAGE, data: [0, 1] }], outputs: [{ name: 'label' }] };
    const { codec, model } = codecFor({}, request);
    const inference = await codec.decode(model);
    return codec.encode(model, inference, []);
  };
  expect(await ask('mine')).toMatchObject({ asked: { id: 'mine', outputs: ['label'], rows: 1, binaryOutputs: [] } });
  expect(await ask('x'.repeat(5000))).toMatchObject({ asked: undefined });
});
