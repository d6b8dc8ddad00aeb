import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTRACT_VERSION, DATATYPES, type Datatype, type InferResponse } from '../../../../lambdas/shared/contract';
import { DATATYPE_INFO, type TensorData } from '../../../../lambdas/shared/protocol/datatypes';
import { fromHalf, toHalf } from '../../../../lambdas/shared/protocol/float16';
import { decodeInfer, inferObject, inferText } from '../../../../lambdas/shared/protocol/infer';
import { parseJson } from '../../../../lambdas/shared/protocol/json-text';
import { decodeRaw, encodeRaw } from '../../../../lambdas/shared/protocol/raw';
import type { Tensor } from '../../../../lambdas/shared/protocol/tensor';
import { INFER, predictFunction } from '../../function';
import { manifestOf } from '../../manifest';

const RUNS = { numRuns: 40 };

/** Legal values of a datatype, as JavaScript has them. Zero has no sign in JSON. */
function values(datatype: Datatype): fc.Arbitrary<number | bigint | string | boolean> {
  const { kind, maximum, minimum } = DATATYPE_INFO[datatype];
  if (datatype === 'INT64') return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  if (datatype === 'UINT64') return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  if (datatype === 'FP32') return fc.float().map((value) => value + 0);
  if (datatype === 'FP64') return fc.double().map((value) => value + 0);
  if (datatype === 'FP16') return fc.integer({ min: 0, max: 0x7bff });
  if (kind === 'integer') return fc.integer({ min: minimum, max: maximum });
  return datatype === 'BOOL' ? fc.boolean() : fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''));
}

function tensors(datatype: Datatype): fc.Arbitrary<Tensor> {
  return fc.array(fc.tuple(values(datatype), values(datatype)), { minLength: 1, maxLength: 9 }).map((rows) => {
    const data = DATATYPE_INFO[datatype].allocate(rows.length * 2) as unknown[];
    for (const [i, value] of rows.flat().entries()) data[i] = datatype === 'BOOL' ? Number(value) : value;
    return { name: 'x', datatype, shape: [rows.length, 2], data: data as TensorData };
  });
}

function manifestFor(datatype: Datatype) {
  const manifest = manifestOf(`identity-${datatype.toLowerCase()}`);
  return { ...manifest, inputs: manifest.inputs.map((input) => ({ ...input, allowNaN: true })) };
}

const inference = { inputs: [], outputs: [], rows: 1 };
const decodeText = (text: string, datatype: Datatype) =>
  decodeInfer(parseJson(text.replace('"outputs":', '"inputs":'), datatype.endsWith('INT64')), manifestFor(datatype));

describe.each(DATATYPES)('%s', (datatype) => {
  const identity = { name: 'm', version: '1', revision: 'r' };
  // FP16 is refused in JSON, which another test shows.
  const jsonOnly: typeof it | (() => void) = datatype === 'FP16' ? () => {} : it;

  jsonOnly('decode(encode(x)) = x as JSON text', () => {
    fc.assert(
      fc.property(tensors(datatype), (tensor) => {
        const text = inferText(identity, inference, [tensor]);
        expect(decodeText(text, datatype).inputs[0]).toEqual(tensor);
      }),
      RUNS,
    );
  });

  it('decode(encode(x)) = x as the object between functions', () => {
    fc.assert(
      fc.property(tensors(datatype), (tensor) => {
        const object = JSON.parse(JSON.stringify(inferObject(identity, inference, [tensor]))) as InferResponse;
        const request = { inputs: object.outputs };
        expect(decodeInfer({ value: request, exact: request }, manifestFor(datatype)).inputs[0]).toEqual(tensor);
      }),
      RUNS,
    );
  });

  it('decode(encode(x)) = x as raw bytes', () => {
    fc.assert(
      fc.property(tensors(datatype), ({ data, ...tensor }) => {
        const raw = encodeRaw({ ...tensor, data }).toString('base64');
        const request = { inputs: [{ ...tensor, raw }] };
        expect(decodeInfer({ value: request, exact: request }, manifestFor(datatype)).inputs[0]?.data).toEqual(data);
      }),
      RUNS,
    );
  });

  jsonOnly('goes through a model that gives back its input', async () => {
    const name = `identity-${datatype.toLowerCase()}`;
    const fn = predictFunction(name, { manifest: { inputs: manifestFor(datatype).inputs } });
    await fc.assert(
      fc.asyncProperty(tensors(datatype), async (tensor) => {
        const body = inferText(identity, inference, [tensor]).replace('"outputs":', '"inputs":');
        const answer = await fn.post(INFER, body);
        expect(answer.statusCode, answer.body).toBe(200);
        expect(decodeText(answer.body.replace('"y"', '"x"'), datatype).inputs[0]).toEqual(tensor);
      }),
      RUNS,
    );
  });
});

it('raw is refused exactly where it is no base64', () => {
  const manifest = manifestOf('identity-uint8');
  const intruders = fc.constantFrom('-', '_', '=', ' ', '\n', '.', '\u0141', '\u2603', '');
  const text = fc
    .tuple(fc.base64String({ maxLength: 24 }), intruders, fc.nat(24), fc.boolean())
    .map(([whole, intruder, at, replaces]) => whole.slice(0, at) + intruder + whole.slice(at + (replaces ? 1 : 0)));
  fc.assert(
    fc.property(text, (raw) => {
      const request = { inputs: [{ name: 'x', datatype: 'UINT8', shape: [1, 2], raw }] };
      let refusal = '';
      try {
        decodeInfer({ value: request, exact: request }, manifest);
      } catch (error) {
        refusal = (error as Error).message;
      }
      // What is base64 is refused for its number of bytes.
      const isBase64 = raw.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(raw) && !/^=|^.=/.test(raw.slice(-4));
      expect([raw, refusal.startsWith('raw must be base64')]).toEqual([raw, !isBase64]);
    }),
    { numRuns: 5000 },
  );
});

it.each<[Datatype, Float32ArrayConstructor | Float64ArrayConstructor | undefined]>([
  ['FP16', undefined],
  ['FP32', Float32Array],
  ['FP64', Float64Array],
])('raw %s is refused exactly where a value is NaN or infinite, wherever it stands', (datatype, Type) => {
  const numbers = fc.oneof(
    fc.double(),
    fc.constantFrom(Number.MAX_VALUE, 3.4028234663852886e38, 65504, 5e-324, 1e-45, -0),
  );
  fc.assert(
    fc.property(fc.array(numbers, { minLength: 1, maxLength: 9 }), (values) => {
      const data = Type ? new Type(values) : Uint16Array.from(values, (value) => toHalf(value));
      const finite = Array.from(data, (value) => Number.isFinite(Type ? value : fromHalf(value))).every(Boolean);
      const bytes = new Uint8Array(data.buffer);
      const spec = { name: 'x', datatype, shape: [-1] };
      const decode = () => decodeRaw(bytes, spec, [values.length], 'x');
      if (finite) expect(decode()).toEqual(data);
      else expect(decode).toThrow(/expected FP\d\d values between .* value \d is (NaN|-?Infinity)/);
    }),
    { numRuns: 2000 },
  );
});

describe('limits of datatypes', () => {
  it.each<[Datatype, string[], string[]]>([
    ['INT8', ['-128', '127'], ['-129', '128', '300', '1.5', '"1"', 'true']],
    ['INT16', ['-32768', '32767'], ['-32769', '32768']],
    ['INT32', ['-2147483648', '2147483647'], ['-2147483649', '2147483648', '1e10']],
    ['UINT8', ['0', '255'], ['-1', '256', '0.5']],
    ['UINT16', ['65535'], ['-1', '65536']],
    ['UINT32', ['4294967295'], ['-1', '4294967296']],
    ['INT64', ['9223372036854775807', '"-9223372036854775808"'], ['9223372036854775808', '"x"', '""', '1.5', '1e300']],
    ['UINT64', ['18446744073709551615', '"9007199254740993"'], ['18446744073709551616', '-1', '"-1"']],
    ['FP32', ['3.4028235e38', '-3.4028235e38', '1e-50'], ['3.5e38', '1e39', '"1"', 'null', '"NaN"', 'true']],
    ['FP64', ['1.7976931348623157e308'], ['1e309', '-1e309', '"Infinity"']],
    ['BOOL', ['true', 'false'], ['0', '1', '"true"', 'null']],
    ['BYTES', ['""', '"ü"'], ['1', 'null', '["a"]', '"\\u0000"', '"\\ud800"']],
  ])('%s takes %j and refuses %j', (datatype, legal, illegal) => {
    const manifest = manifestOf(`identity-${datatype.toLowerCase()}`);
    const [spare] = legal;
    const decode = (value: string) => {
      const tensor = `{"name":"x","datatype":"${datatype}","shape":[1,2],"data":[${spare},${value}]}`;
      return decodeInfer(parseJson(`{"inputs":[${tensor}]}`, datatype.endsWith('INT64')), manifest);
    };
    for (const value of legal) expect(() => decode(value), value).not.toThrow();
    for (const value of illegal) {
      expect(() => decode(value), value).toThrow(
        expect.objectContaining({ code: 'INVALID_VALUE', field: 'inputs[0].data[1]' }),
      );
    }
  });

  it('FP16 has no JSON form: not in requests, not in answers', async () => {
    const fn = predictFunction('identity-fp16');
    const x = { name: 'x', datatype: 'FP16', shape: [1, 2] };
    const json = await fn.post(INFER, { inputs: [{ ...x, data: [0.5, 1] }] });
    expect(json.json).toMatchObject({ code: 'INVALID_DATATYPE', field: 'inputs[0].datatype' });
    expect(json.json.error).toMatch(/binary tensor extension/);
    expect((await fn.post('/predict', { instances: [[1, 2]] })).json.code).toBe('INVALID_DATATYPE');
    const raw = Buffer.from(new Uint16Array([toHalf(0.5), toHalf(-1.25)]).buffer).toString('base64');
    expect((await fn.post(INFER, { inputs: [{ ...x, raw }] })).json.field).toBe('outputs');
    const answer = await fn.invoke({
      v: CONTRACT_VERSION,
      requestId: 'r',
      deadlineMs: Date.now() + 60_000,
      request: { inputs: [{ ...x, raw }] },
    });
    expect(answer).toMatchObject({ status: 200, response: { outputs: [{ name: 'y', datatype: 'FP16', raw }] } });
  });

  it('half precision: every bit pattern survives, values round to the nearest', () => {
    for (let pattern = 0; pattern <= 0xffff; pattern++) {
      const value = fromHalf(pattern);
      if (Number.isNaN(value)) expect(fromHalf(toHalf(value))).toBeNaN();
      else if (toHalf(value) !== pattern && value !== 0) expect.fail(`${pattern} became ${toHalf(value)}`);
    }
    expect([toHalf(1.0004), toHalf(65519), toHalf(65520), toHalf(2 ** -25), toHalf(7.9999)]).toEqual([
      0x3c00, 0x7bff, 0x7c00, 0, 0x4800,
    ]);
  });

  it('NaN and infinities where the card allows them, written as text', () => {
    const body = '{"inputs":[{"name":"x","datatype":"FP32","shape":[2,2],"data":["NaN",null,-Infinity,NaN]}]}';
    const data = decodeInfer(parseJson(body, false), manifestFor('FP32')).inputs[0]?.data;
    expect(data).toEqual(new Float32Array([Number.NaN, Number.NaN, Number.NEGATIVE_INFINITY, Number.NaN]));
  });
});
