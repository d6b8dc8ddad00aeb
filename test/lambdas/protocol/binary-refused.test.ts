import { afterEach, describe, expect, it } from 'vitest';
import type { Tensor } from '../../../lambdas/shared/protocol/tensor';
import { predictFunction } from '../function';
import { ask, binaryBody, send } from './binary-client';

const fn = predictFunction('two-in-two-out');
const a: Tensor = { name: 'a', datatype: 'FP32', shape: [1, 3], data: new Float32Array([1, 2, 3]) };
const b: Tensor = { name: 'b', datatype: 'INT64', shape: [1, 1], data: new BigInt64Array([7n]) };
const good = binaryBody([a, b]);
const size = 'inputs[0].parameters.binary_data_size';
const HEADER = 'inference-header-content-length';

/** The good request with its JSON changed; the tensors stay. */
function changed(change: (request: { inputs: Record<string, unknown>[]; [name: string]: unknown }) => void) {
  const request = JSON.parse(good.body.toString('utf8', 0, good.length));
  change(request);
  const header = Buffer.from(JSON.stringify(request));
  return { body: Buffer.concat([header, good.body.subarray(good.length)]), length: header.length };
}
const withSize = (value: unknown) =>
  changed(({ inputs: [first] }) => Object.assign(first ?? {}, { parameters: { binary_data_size: value } }));

type Case = [name: string, body: { body: Buffer; length: number | string }, code: string, field: string | undefined];

describe('[X.2] a binary request that lies is refused with its field, and the next one is fine', () => {
  afterEach(async () => expect((await ask(fn, [a, b])).status).toBe(200));

  it.each<Case>([
    ['a length that is no number', { ...good, length: 'many' }, 'INVALID_REQUEST', HEADER],
    ['a negative length', { ...good, length: -1 }, 'INVALID_REQUEST', HEADER],
    ['half a length', { ...good, length: 1.5 }, 'INVALID_REQUEST', HEADER],
    ['an empty length', { ...good, length: '' }, 'INVALID_REQUEST', HEADER],
    ['a length of twenty digits', { ...good, length: '9'.repeat(20) }, 'INVALID_REQUEST', HEADER],
    ['a length beyond the body', { ...good, length: good.body.length + 1 }, 'INVALID_REQUEST', HEADER],
    ['a length that ends in the JSON', { ...good, length: good.length - 1 }, 'MALFORMED_JSON', undefined],
    ['a length that ends in a tensor', { ...good, length: good.length + 1 }, 'MALFORMED_JSON', undefined],
    ['all of it JSON', { ...good, length: good.body.length }, 'MALFORMED_JSON', undefined],
    ['a body cut short', { ...good, body: good.body.subarray(0, -1) }, 'INVALID_REQUEST', size.replace('0', '1')],
    ['a body cut at the JSON', { ...good, body: good.body.subarray(0, good.length) }, 'INVALID_REQUEST', size],
    ['bytes too many', { ...good, body: Buffer.concat([good.body, Buffer.alloc(1)]) }, 'INVALID_REQUEST', HEADER],
    ['a size that is too large for the shape', withSize(16), 'INVALID_SHAPE', size],
    ['a size that is too small for the shape', withSize(8), 'INVALID_SHAPE', size],
    ['a size beyond the body', withSize(2 ** 40), 'INVALID_REQUEST', size],
    ['a size that is no number', withSize('12'), 'INVALID_REQUEST', size],
    ['a negative size', withSize(-12), 'INVALID_REQUEST', size],
    ['half a byte', withSize(11.5), 'INVALID_REQUEST', size],
    ['a size of null', withSize(null), 'INVALID_REQUEST', size],
    [
      'data and bytes',
      changed(({ inputs: [first] }) => Object.assign(first ?? {}, { data: [1, 2, 3] })),
      'INVALID_REQUEST',
      'inputs[0]',
    ],
    [
      'no size, and no data',
      changed(({ inputs: [first] }) => Object.assign(first ?? {}, { parameters: {} })),
      'INVALID_SHAPE',
      'inputs[0].data',
    ],
    [
      'parameters that are no object',
      changed(({ inputs: [first] }) => Object.assign(first ?? {}, { parameters: 12 })),
      'INVALID_REQUEST',
      'inputs[0].parameters',
    ],
    [
      'a shape of another size',
      changed(({ inputs: [first] }) => Object.assign(first ?? {}, { shape: [2, 3] })),
      'INVALID_SHAPE',
      size,
    ],
    [
      'a shape that asks for more than memory',
      changed(({ inputs: [first] }) => Object.assign(first ?? {}, { shape: [2 ** 52, 3] })),
      'INVALID_SHAPE',
      size,
    ],
    [
      'binary_data that is no flag',
      changed((request) => Object.assign(request, { outputs: [{ name: 'sum', parameters: { binary_data: 'yes' } }] })),
      'INVALID_REQUEST',
      'outputs[0].parameters.binary_data',
    ],
    [
      'binary_data_output that is no flag',
      changed((request) => Object.assign(request, { parameters: { binary_data_output: 1 } })),
      'INVALID_REQUEST',
      'parameters.binary_data_output',
    ],
    ['an empty body behind a length', { body: Buffer.alloc(0), length: 2 }, 'INVALID_REQUEST', undefined],
  ])('%s', async (_, { body, length }, code, field) => {
    const answer = await send(fn, body, length);
    expect(answer.json).toEqual({ error: expect.any(String), code, field, requestId: 'gateway-request-1' });
    expect(answer.status).toBe(400);
  });

  it('a size without the header', async () => {
    const answer = await send(fn, good.body.subarray(0, good.length));
    expect(answer.json).toMatchObject({ code: 'INVALID_REQUEST', field: size });
  });

  it('NaN among the bytes, where the card does not allow it', async () => {
    const nan = { ...a, data: new Float32Array([1, Number.NaN, 3]) };
    const answer = await ask(fn, [nan, b]);
    expect(answer.json).toMatchObject({
      code: 'INVALID_VALUE',
      field: 'inputs[0]',
      error: expect.stringContaining('value 1'),
    });
  });

  it('tensors that a gateway read as text', async () => {
    const bytes = { ...a, data: new Float32Array([-1, 2, 3]) };
    const { body, length } = binaryBody([bytes, b]);
    expect((await send(fn, body.toString('utf8'), length)).json).toMatchObject({
      code: 'INVALID_REQUEST',
      field: 'content-type',
    });
  });

  it.each([
    ['parameters', { parameters: { classification: 3 } }],
    ['outputs[0].parameters', { outputs: [{ name: 'sum', parameters: { classification: 2 } }] }],
  ])('classification in %s is 501', async (field, request) => {
    const answer = await ask(fn, [a, b], request);
    expect(answer.status).toBe(501);
    expect(answer.json).toMatchObject({ code: 'NOT_IMPLEMENTED', field: `${field}.classification` });
  });

  it('a tensor in shared memory is 501', async () => {
    const { body, length } = changed(({ inputs: [first] }) =>
      Object.assign(first ?? {}, { parameters: { shared_memory_region: 'r', shared_memory_byte_size: 12 } }),
    );
    expect((await send(fn, body, length)).json).toMatchObject({
      code: 'NOT_IMPLEMENTED',
      field: 'inputs[0].parameters.shared_memory_region',
    });
  });
});
