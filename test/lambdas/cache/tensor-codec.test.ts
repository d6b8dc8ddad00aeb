import { describe, expect, it } from 'vitest';
import { decodeTensors, encodeTensors } from '../../../lambdas/shared/cache/tensor-codec';
import type { Tensor } from '../../../lambdas/shared/protocol/tensor';

const TENSORS: Tensor[] = [
  { name: 'odd', datatype: 'BOOL', shape: [3], data: Uint8Array.of(1, 0, 1) },
  { name: 'wide', datatype: 'INT64', shape: [2], data: BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n)) },
  { name: 'half', datatype: 'FP16', shape: [3], data: Uint16Array.of(0x7e00, 0x7c00, 0x8000) },
  {
    name: 'floats',
    datatype: 'FP32',
    shape: [2, 2],
    data: Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, -0, 0.1),
  },
  { name: 'doubles', datatype: 'FP64', shape: [1], data: Float64Array.of(0.1 + 0.2) },
  { name: 'texts', datatype: 'BYTES', shape: [3], data: ['', 'ü', 'a,b"\n'] },
];

describe('the bytes of an entry', () => {
  it('hold every value of every datatype exactly', () => {
    const { about, tensors } = decodeTensors(encodeTensors({ name: 'm' }, TENSORS));
    expect(about).toEqual({ name: 'm' });
    expect(tensors).toEqual(TENSORS);
    // toEqual tells 0 from -0.
    expect(tensors[3]?.data).not.toEqual(Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, 0, 0.1));
  });

  it('are about as many as the values have', () => {
    const data = new Float32Array(10_000).fill(Math.PI);
    const bytes = encodeTensors({}, [{ name: 'scores', datatype: 'FP32', shape: [10_000], data }]);
    expect(bytes.byteLength).toBeLessThan(40_200);
  });

  it.each([Buffer.alloc(0), Buffer.from('{"something":"else"}'), Buffer.alloc(64)])(
    'are refused when broken',
    (body) => {
      expect(() => decodeTensors(body)).toThrow();
    },
  );
});
