import { describe, expect, it } from 'vitest';
import { DATATYPES } from '../../../lambdas/shared/contract';
import type { Tensor } from '../../../lambdas/shared/protocol/tensor';
import { gatewayEvent, INFER, predictFunction } from '../function';
import { goldenOf } from '../manifest';
import { ask, binaryBody, send, tensorOf } from './binary-client';

const ALL_BINARY = { parameters: { binary_data_output: true } };

describe.each(DATATYPES)('%s as bytes in both directions', (datatype) => {
  const name = `identity-${datatype.toLowerCase()}`;
  const fn = predictFunction(name);
  const cases = goldenOf(name).cases.map(({ inputs }) => inputs.map(tensorOf));

  it('golden inputs come back bit by bit, wherever the tensor begins', async () => {
    for (const [x] of cases) {
      // Every length of the JSON in front puts the tensor at another address.
      for (let length = 0; length < 9; length++) {
        const answer = await ask(fn, [x as Tensor], { id: 'i'.repeat(length), ...ALL_BINARY });
        expect(answer.status, JSON.stringify(answer.json)).toBe(200);
        expect(answer.headers).toMatchObject({ 'content-type': 'application/octet-stream' });
        expect(answer.json.outputs[0]).not.toHaveProperty('data');
        expect(answer.outputs).toEqual([{ ...x, name: 'y' }]);
      }
    }
  });

  it('what else could be in the bytes is refused or carried, never changed', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
    for (let at = 0; at + 16 <= bytes.length; at++) {
      const size = datatype === 'BYTES' ? 16 : 2 * Number(/\d+/.exec(datatype)?.[0] ?? 8) * (1 / 8);
      const data = bytes.subarray(at, at + size);
      const x = { name: 'x', datatype, shape: [1, 2], parameters: { binary_data_size: data.length } };
      const header = Buffer.from(JSON.stringify({ inputs: [x], ...ALL_BINARY }));
      const answer = await send(fn, Buffer.concat([header, data]), header.length);
      if (answer.status === 200) expect(encoded(answer.outputs)).toEqual([...data]);
      else expect(answer.json).toMatchObject({ field: 'inputs[0]', code: expect.stringMatching(/^INVALID_/) });
    }
  });
});

function encoded([y]: readonly Tensor[]): number[] {
  return Array.isArray(y?.data)
    ? []
    : [...new Uint8Array(y?.data.buffer as ArrayBuffer, y?.data.byteOffset, y?.data.byteLength)];
}

describe('which outputs are bytes', () => {
  const fn = predictFunction('two-in-two-out');
  const a: Tensor = { name: 'a', datatype: 'FP32', shape: [2, 3], data: new Float32Array([1, 2, 3, 4, 5, 6]) };
  const b: Tensor = { name: 'b', datatype: 'INT64', shape: [2, 1], data: new BigInt64Array([10n, 2n ** 40n]) };
  const binary = (flag: boolean) => ({ parameters: { binary_data: flag } });
  const formsOf = async (request: object) =>
    (await ask(fn, [a, b], request)).json.outputs.map(({ data, name }) => `${name} ${data ? 'json' : 'bytes'}`);

  it.each<[object, string[]]>([
    [{}, ['sum json', 'diff json']],
    [ALL_BINARY, ['sum bytes', 'diff bytes']],
    [{ outputs: [{ name: 'diff', ...binary(true) }, { name: 'sum' }] }, ['diff bytes', 'sum json']],
    [{ ...ALL_BINARY, outputs: [{ name: 'sum', ...binary(false) }, { name: 'diff' }] }, ['sum json', 'diff bytes']],
    [{ ...ALL_BINARY, outputs: [] }, ['sum bytes', 'diff bytes']],
  ])('%j -> %j', async (request, forms) => {
    expect(await formsOf(request)).toEqual(forms);
  });

  it('inputs may come in either form, in any order; the values are the same', async () => {
    const { body, length } = binaryBody([b], {});
    const header = JSON.parse(body.toString('utf8', 0, length));
    header.inputs.push({ ...a, data: [...(a.data as Float32Array)] });
    const text = Buffer.from(JSON.stringify(header));
    const mixed = await send(fn, Buffer.concat([text, body.subarray(length)]), text.length);
    const both = await ask(fn, [a, b], ALL_BINARY);
    expect(mixed.outputs).toEqual(both.outputs);
    expect(mixed.headers['content-type']).toBe('application/json');
  });

  it.each([undefined, 'application/json', 'text/html, image/*', '*/*;q=0'])(
    'a client that sends Accept %s gets JSON, because the gateway would hand it base64',
    async (accept) => {
      const { body, length } = binaryBody([a, b], ALL_BINARY);
      const headers = { 'Inference-Header-Content-Length': `${length}`, ...(accept && { Accept: accept }) };
      const result = (await fn.invoke(gatewayEvent('POST', INFER, { body, headers }))) as { isBase64Encoded: boolean };
      expect(result).toMatchObject({ statusCode: 200, isBase64Encoded: false });
    },
  );

  it('bytes called application/octet-stream, and JSON called so too', async () => {
    const type = { 'Content-Type': 'application/octet-stream' };
    const { body, length } = binaryBody([a, b]);
    expect((await send(fn, body, length, type)).status).toBe(200);
    const inputs = [
      { ...a, data: [1, 2, 3, 4, 5, 6] },
      { ...b, data: [1, 2] },
    ];
    expect((await send(fn, Buffer.from(JSON.stringify({ inputs })), undefined, type)).status).toBe(200);
    expect((await send(fn, { inputs }, undefined, type)).status).toBe(200);
  });

  it('half precision is answered as bytes or not at all', async () => {
    const half = predictFunction('identity-fp16');
    const x: Tensor = { name: 'x', datatype: 'FP16', shape: [1, 2], data: new Uint16Array([0x3800, 0xbd00]) };
    expect((await ask(half, [x])).json).toMatchObject({ code: 'INVALID_DATATYPE', field: 'outputs' });
    const { body, length } = binaryBody([x], ALL_BINARY);
    const refused = await send(half, body, length, { Accept: 'application/json' });
    expect(refused.json).toMatchObject({ code: 'INVALID_DATATYPE', field: 'accept' });
  });
});

describe('a body without JSON is the one input', () => {
  it('its shape follows from its length, the answer is bytes', async () => {
    const fn = predictFunction('iris');
    const rows = Buffer.from(new Float32Array([5.1, 3.5, 1.4, 0.2, 6.7, 3, 5.2, 2.3]).buffer);
    const answer = await send(fn, rows, 0);
    expect(answer.outputs.map(({ shape }) => shape)).toEqual([[2], [2, 3]]);
    expect(answer.outputs[0]?.data).toEqual(new BigInt64Array([0n, 2n]));
    expect(answer.headers['content-type']).toBe('application/octet-stream');
    expect((await send(fn, rows.subarray(1), 0)).json).toMatchObject({ code: 'INVALID_SHAPE', field: 'inputs[0]' });
  });

  it.each(['two-in-two-out', 'identity-bytes'])('not for %s, whose shapes do not follow', async (name) => {
    const answer = await send(predictFunction(name), Buffer.alloc(16), 0);
    expect(answer.json).toMatchObject({ code: expect.stringMatching(/MISSING_TENSOR|INVALID_SHAPE/), field: 'inputs' });
  });
});
