import type { InputSpec } from '../contract';
import { DATATYPE_INFO, type TensorData } from './datatypes';
import { toHalf } from './float16';

/** What a value must lie between, from its datatype and its card. */
export interface Limits {
  readonly minimum: number;
  readonly maximum: number;
  readonly allowNaN: boolean;
}

export function limitsOf(spec: InputSpec): Limits {
  const info = DATATYPE_INFO[spec.datatype];
  return {
    minimum: spec.minimum === undefined ? info.minimum : Math.max(spec.minimum, info.minimum),
    maximum: spec.maximum === undefined ? info.maximum : Math.min(spec.maximum, info.maximum),
    allowNaN: spec.allowNaN ?? false,
  };
}

/** Copies JSON values into a tensor's data from `offset` on. Returns the index of the first illegal value, or -1. */
export type ReadValues = (source: readonly unknown[], target: TensorData, offset: number, limits: Limits) => number;

export function readerOf(spec: InputSpec): ReadValues {
  return spec.datatype === 'FP16' ? readHalves : READERS[DATATYPE_INFO[spec.datatype].kind];
}

// One plain loop per kind of value: a call or a closure per value would cost more than the value.
const READERS = {
  float(source, target, offset, limits) {
    const { minimum, maximum } = limits;
    const values = target as Float64Array;
    for (let i = 0; i < source.length; i++) {
      const value = source[i];
      if (typeof value === 'number' && value >= minimum && value <= maximum) values[offset + i] = value;
      else if (isNonFinite(value, limits)) values[offset + i] = NON_FINITE.get(value) as number;
      else return i;
    }
    return -1;
  },
  integer(source, target, offset, { minimum, maximum }) {
    const values = target as Int32Array;
    for (let i = 0; i < source.length; i++) {
      const value = source[i];
      if (typeof value !== 'number' || !(value >= minimum && value <= maximum) || !Number.isInteger(value)) return i;
      values[offset + i] = value;
    }
    return -1;
  },
  bigint(source, target, offset, { minimum, maximum }) {
    const values = target as BigInt64Array;
    const unsigned = target instanceof BigUint64Array;
    for (let i = 0; i < source.length; i++) {
      const value = source[i];
      if (typeof value === 'number') {
        if (!Number.isSafeInteger(value) || value < minimum || value > maximum) return i;
        values[offset + i] = BigInt(value);
      } else if (typeof value === 'string' && DECIMAL_INTEGER.test(value)) {
        const exact = BigInt(value);
        const fits = unsigned ? BigInt.asUintN(64, exact) : BigInt.asIntN(64, exact);
        if (fits !== exact || exact < minimum || exact > maximum) return i;
        values[offset + i] = exact;
      } else return i;
    }
    return -1;
  },
  boolean(source, target, offset) {
    const values = target as Uint8Array;
    for (let i = 0; i < source.length; i++) {
      const value = source[i];
      if (typeof value !== 'boolean') return i;
      values[offset + i] = value ? 1 : 0;
    }
    return -1;
  },
  text(source, target, offset) {
    const values = target as string[];
    for (let i = 0; i < source.length; i++) {
      const value = source[i];
      if (typeof value !== 'string' || !isCarriedText(value)) return i;
      values[offset + i] = value;
    }
    return -1;
  },
} satisfies Record<string, ReadValues>;

function readHalves(source: readonly unknown[], target: TensorData, offset: number, limits: Limits): number {
  const numbers = new Float64Array(source.length);
  const wrong = READERS.float(source, numbers, 0, limits);
  for (let i = 0; i < source.length; i++) (target as Uint16Array)[offset + i] = toHalf(numbers[i] as number);
  return wrong;
}

/** ONNX Runtime for Node ends a text at a NUL, and half a surrogate pair has no UTF-8: both would silently change. */
const CHANGED_ON_THE_WAY = /[\0\p{Surrogate}]/u;

export function isCarriedText(text: string): boolean {
  return !CHANGED_ON_THE_WAY.test(text);
}

const DECIMAL_INTEGER = /^-?\d{1,20}$/;

/** JSON has no such numbers, so they are written as text (as protocol buffers do in JSON); `null` is a missing value. */
const NON_FINITE = new Map<unknown, number>([
  ['NaN', Number.NaN],
  [null, Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  // A bare Infinity, and a number as far beyond all others.
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
]);

function isNonFinite(value: unknown, limits: Limits): boolean {
  return limits.allowNaN && NON_FINITE.has(value);
}
