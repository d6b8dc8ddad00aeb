import fc from 'fast-check';
import { expect, test } from 'vitest';
import { writeFloat32 } from '../../../lambdas/shared/batch/float-text';

const bytes = Buffer.alloc(64, 'x');

function textOf(value: number): string {
  const end = writeFloat32(value, bytes, 1);
  expect(end - 1).toBeLessThanOrEqual(25);
  return bytes.toString('latin1', 1, end);
}

/** As few digits as are read back as the same float, in JavaScript's notation. */
function expected(value: number): string {
  for (let digits = 1; digits < 9 && Number.isFinite(value); digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return `${Number(text)}`;
  }
  return Number.isFinite(value) ? `${Number(value.toPrecision(9))}` : `${value}`;
}

const float32 = fc.integer({ min: 0, max: 0xffffffff }).map((bits) => {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits);
  return view.getFloat32(0);
});
/** Where outputs of models mostly are. */
const usual = fc.double({ min: -1000, max: 1000, noNaN: true }).map(Math.fround);
const short = fc.tuple(fc.integer({ min: -9999, max: 9999 }), fc.integer({ min: -30, max: 12 }));

test.each([
  [0, '0'],
  [-0, '0'],
  [1, '1'],
  [-12.5, '-12.5'],
  [Math.fround(0.1), '0.1'],
  [Math.fround(0.97968775), '0.97968775'],
  [100, '100'],
  [16_777_216, '16777216'],
  [1e9, '1000000000'],
  [1e-6, '0.000001'],
  [Math.fround(1e-7), '1e-7'],
  [Math.fround(1.4382285e-8), '1.4382285e-8'],
  [Math.fround(1e21), '1e+21'],
  [Math.fround(9.9999998), '10'],
  [Number.NaN, 'NaN'],
  [Number.NEGATIVE_INFINITY, '-Infinity'],
  [2 ** -149, '1e-45'],
  [Math.fround(3.4028234663852886e38), '3.4028235e+38'],
])('[4.2] %d is written as %s', (value, text) => {
  expect(textOf(value)).toBe(text);
});

test('[4.2] any float has the shortest text that is read back as the same float', () => {
  const same = (value: number) => {
    const text = textOf(value);
    expect(text).toBe(expected(value));
    expect(Math.fround(Number(text))).toBe(value === 0 ? 0 : value);
  };
  fc.assert(fc.property(float32, same), { numRuns: 20_000 });
  fc.assert(fc.property(usual, same), { numRuns: 20_000 });
  fc.assert(
    fc.property(
      short.map(([digits, exponent]) => Math.fround(Number(`${digits}e${exponent}`))),
      same,
    ),
    { numRuns: 20_000 },
  );
});
