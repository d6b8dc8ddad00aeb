import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeInferBody } from '../../../lambdas/predict/http-infer';
import { cacheKey, type KeyParts } from '../../../lambdas/shared/cache/cache-key';
import type { ModelManifest } from '../../../lambdas/shared/contract';
import { decodeRows } from '../../../lambdas/shared/protocol/rows';
import { manifestOf } from '../manifest';

const base = manifestOf('iris');
const iris: ModelManifest = {
  ...base,
  inputs: base.inputs.map((input) => ({ ...input, minimum: undefined, maximum: undefined, allowNaN: true })),
};
const SHAPE = [2, 4] as const;

const keyWith = (inputs: KeyParts['inputs'], more: Partial<KeyParts> = {}) =>
  cacheKey({ model: 'iris', revision: 'r1', inputs, outputs: ['label', 'probabilities'], ...more });

/** A request as a client writes it, decoded as the function does. */
function keyOfBody(body: string | Buffer, headers: Record<string, string> = {}, more: Partial<KeyParts> = {}): string {
  const isBytes = typeof body !== 'string';
  const event = {
    headers: { 'content-type': isBytes ? 'application/octet-stream' : 'application/json', ...headers },
    body: isBytes ? body.toString('base64') : body,
    isBase64Encoded: isBytes,
  };
  const { inputs, outputs } = decodeInferBody(event, iris);
  return cacheKey({ model: 'iris', revision: 'r1', inputs, outputs, ...more });
}

const tensor = { name: 'features', datatype: 'FP32', shape: SHAPE };
const flatJson = (values: readonly number[]) => JSON.stringify({ inputs: [{ ...tensor, data: [...values] }] });
const FORMS: Readonly<Record<string, (values: readonly number[]) => string>> = {
  flat: (values) => keyOfBody(flatJson(values)),
  nested: (values) =>
    keyOfBody(JSON.stringify({ inputs: [{ ...tensor, data: [values.slice(0, 4), values.slice(4)] }] })),
  'with white space, other order of keys and an id': (values) =>
    keyOfBody(`{ "id": "7",\n "inputs" : [ {"data":[${values.join(' ,  ')}], "shape": [2, 4.0],
      "datatype":"FP32" ,"name" : "features" } ] }`),
  'numbers written otherwise': (values) =>
    keyOfBody(`{"inputs":[{"name":"features","datatype":"FP32","shape":[2,4],"data":[${values.map(otherwise)}]}]}`),
  'raw base64': (values) => {
    const raw = Buffer.from(Float32Array.from(values).buffer).toString('base64');
    return keyOfBody(JSON.stringify({ inputs: [{ ...tensor, raw }] }));
  },
  'binary tensor extension': (values) => {
    const bytes = Buffer.from(Float32Array.from(values).buffer);
    const json = JSON.stringify({ inputs: [{ ...tensor, parameters: { binary_data_size: bytes.length } }] });
    const headers = { 'inference-header-content-length': `${json.length}` };
    return keyOfBody(Buffer.concat([Buffer.from(json), bytes]), headers);
  },
  rows: (values) => {
    const body = { instances: [values.slice(0, 4), values.slice(4)] };
    const { inputs, outputs } = decodeRows({ value: body, exact: body }, iris);
    return cacheKey({ model: 'iris', revision: 'r1', inputs, outputs });
  },
};

/** 1 as 1.0, 0.5 as 5e-1, ... */
function otherwise(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? `${value}.0` : value.toExponential();
}

// What JSON writes of 0 has no sign.
const numbers = fc.array(
  fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  { minLength: 8, maxLength: 8 },
);

describe('[8.5] the key of an answer', () => {
  it.each(Object.entries(FORMS))('equal values, equal key: %s', (_, keyOfForm) => {
    fc.assert(
      fc.property(numbers, (values) => {
        expect(keyOfForm(values)).toBe(keyOfBody(flatJson(values)));
      }),
    );
  });

  it('different values, different key, whatever the form', () => {
    const forms = fc.constantFrom(...Object.values(FORMS));
    fc.assert(
      fc.property(numbers, numbers, forms, forms, (a, b, formA, formB) => {
        const equal = a.every((value, i) => Math.fround(value) === Math.fround(b[i] as number));
        expect(formA(a) === formB(b)).toBe(equal);
      }),
    );
  });

  it('one value changed in one place is another key', () => {
    fc.assert(
      fc.property(numbers, fc.nat(7), (values, at) => {
        const changed = values.map((value, i) => (i === at ? Math.fround(value === 1 ? 2 : 1) : value));
        fc.pre(changed[at] !== values[at]);
        expect(keyOfBody(flatJson(changed))).not.toBe(keyOfBody(flatJson(values)));
      }),
    );
  });

  it('every NaN is the same one; 0 and -0 are two values, which a model may tell apart', () => {
    const withBits = (bits: number) => {
      const data = new Float32Array(8);
      new Uint32Array(data.buffer)[3] = bits;
      return keyWith([{ name: 'features', datatype: 'FP32', shape: SHAPE, data }]);
    };
    expect(withBits(0x7fc00000)).toBe(withBits(0xffc12345));
    const nan = JSON.stringify({ inputs: [{ ...tensor, data: [0, 0, 0, 'NaN', 0, 0, 0, 0] }] });
    expect(keyOfBody(nan)).toBe(withBits(0x7fc00001));
    expect(withBits(0)).not.toBe(withBits(0x80000000));
    const half = (bits: number) => keyWith([{ name: 'x', datatype: 'FP16', shape: [1], data: Uint16Array.of(bits) }]);
    expect(half(0x7e00)).toBe(half(0xfe01));
    expect(half(0x7c00)).not.toBe(half(0x7e00));
  });

  it('INT64 is exact beyond 2^53, and texts do not run together', () => {
    const wide = (value: bigint) =>
      keyWith([{ name: 'id', datatype: 'INT64', shape: [1], data: BigInt64Array.of(value) }]);
    expect(wide(2n ** 53n)).not.toBe(wide(2n ** 53n + 1n));
    const texts = (...data: string[]) => keyWith([{ name: 't', datatype: 'BYTES', shape: [data.length], data }]);
    expect(texts('ab', 'c')).not.toBe(texts('a', 'bc'));
    expect(texts('ab', 'c')).toBe(texts('ab', 'c'));
  });

  it('the same bytes in another shape, datatype or input are another question', () => {
    const data = new Float32Array(4);
    const of = (name: string, shape: number[]) => keyWith([{ name, datatype: 'FP32', shape, data }]);
    expect(new Set([of('a', [4]), of('a', [2, 2]), of('b', [4])]).size).toBe(3);
    const integers = keyWith([{ name: 'a', datatype: 'INT32', shape: [4], data: new Int32Array(4) }]);
    expect(integers).not.toBe(of('a', [4]));
  });

  it('model, revision, caller and the set of outputs are in it; the order of outputs is not', () => {
    const body = flatJson([1, 2, 3, 4, 5, 6, 7, 8]);
    const of = (more: Partial<KeyParts> = {}) => keyOfBody(body, {}, more);
    const keys = [
      of(),
      of({ model: 'other' }),
      of({ revision: 'r2' }),
      of({ principal: 'subject:a' }),
      of({ principal: 'subject:b' }),
      of({ outputs: ['label'] }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(of({ outputs: ['probabilities', 'label'] })).toBe(of({ outputs: ['label', 'probabilities'] }));
  });
});
