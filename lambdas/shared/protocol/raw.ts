import { isUtf8 } from 'node:buffer';
import type { Datatype, InputSpec } from '../contract';
import { ServingError } from '../errors';
import { DATATYPE_INFO, type NumericArray, type TensorData } from './datatypes';
import { fromHalf } from './float16';
import { type Limits, limitsOf } from './json-values';
import { elementCount, type Tensor } from './tensor';

// Typed arrays have the byte order of the machine, the wire is little-endian; so is every machine AWS Lambda has.

/** Values from little-endian bytes, row-major; BYTES as a 4-byte length before each value. */
export function decodeRaw(
  bytes: Uint8Array,
  spec: InputSpec,
  shape: readonly number[],
  field: string,
  sizeField = field,
): TensorData {
  const count = elementCount(shape);
  if (spec.datatype === 'BYTES') return decodeTexts(bytes, count, field);
  const size = DATATYPE_INFO[spec.datatype].bytes;
  if (bytes.byteLength !== count * size) {
    const message = `shape [${shape.join(', ')}] of ${spec.datatype} has ${count * size} bytes, got ${bytes.byteLength}`;
    throw new ServingError('INVALID_SHAPE', message, { field: sizeField });
  }
  const data = valuesIn(bytes, spec.datatype, count);
  checkValues(data, spec, field);
  return data;
}

/** Refuses values that the datatype or the card does not allow. */
export function checkValues(data: NumericArray, spec: InputSpec, field: string): void {
  const limits = limitsOf(spec);
  if (!areSurelyLegal(data, spec, limits)) checkEach(data, spec, limits, field);
}

/** The bytes themselves where a typed array can begin there, otherwise a copy. */
function valuesIn(bytes: Uint8Array, datatype: Datatype, count: number): NumericArray {
  const { allocate, bytes: size, view } = DATATYPE_INFO[datatype];
  if (bytes.byteOffset % size === 0) return view(bytes.buffer, bytes.byteOffset, count);
  const data = allocate(count) as NumericArray;
  new Uint8Array(data.buffer).set(bytes);
  return data;
}

/** Little-endian bytes of a tensor's values. */
export function encodeRaw(tensor: Tensor): Buffer {
  const { data } = tensor;
  if (!Array.isArray(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.concat(
    data.flatMap((text) => {
      const value = Buffer.from(text, 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32LE(value.length);
      return [length, value];
    }),
  );
}

function decodeTexts(bytes: Uint8Array, count: number, field: string): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts: string[] = [];
  let at = 0;
  while (at + 4 <= buffer.length && texts.length < count) {
    const end = at + 4 + buffer.readUInt32LE(at);
    if (end > buffer.length) break;
    const text = buffer.subarray(at + 4, end);
    if (!isUtf8(text) || text.includes(0)) {
      const message = `value ${texts.length} is not UTF-8 text without NUL`;
      throw new ServingError('INVALID_VALUE', message, { field });
    }
    texts.push(text.toString('utf8'));
    at = end;
  }
  if (texts.length === count && at === buffer.length) return texts;
  throw new ServingError('INVALID_SHAPE', `expected ${count} values, each after its 4-byte length`, { field });
}

/**
 * Whether all values are surely legal, by loops over one kind of values: a large tensor's check must not cost more than
 * its decoding. What is left is looked at value by value.
 */
function areSurelyLegal(data: NumericArray, spec: InputSpec, { allowNaN, maximum, minimum }: Limits): boolean {
  const limited = spec.minimum !== undefined || spec.maximum !== undefined;
  const { kind } = DATATYPE_INFO[spec.datatype];
  if (kind === 'integer' || kind === 'bigint') return !limited;
  if (kind !== 'float') return false;
  if (allowNaN && !limited) return true;
  return limited ? spec.datatype !== 'FP16' && areWithin(data as Float32Array, minimum, maximum) : areFinite(data);
}

/** Bytes of a value -> the bits of its exponent, in its last two or four bytes: all set in what is no finite number. */
const EXPONENT: Readonly<Record<number, number>> = { 2: 0x7c00, 4: 0x7f800000, 8: 0x7ff00000 };

/** By the bits, which are compared four times as fast as floating-point values. */
function areFinite({ buffer, byteLength, byteOffset, BYTES_PER_ELEMENT: size }: NumericArray): boolean {
  const exponent = EXPONENT[size] as number;
  if (size === 2) return noneHas(new Uint16Array(buffer, byteOffset, byteLength / 2), exponent, 1);
  return noneHas(new Uint32Array(buffer, byteOffset, byteLength / 4), exponent, size / 4);
}

/** Whether no value, of `width` words each, has all of these bits set in its last word. */
function noneHas(words: Uint16Array | Uint32Array, bits: number, width: number): boolean {
  for (let i = width - 1; i < words.length; i += width) if (((words[i] as number) & bits) === bits) return false;
  return true;
}

function areWithin(values: Float32Array, minimum: number, maximum: number): boolean {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!(value >= minimum && value <= maximum)) return false;
  }
  return true;
}

function checkEach(data: NumericArray, spec: InputSpec, { minimum, maximum, allowNaN }: Limits, field: string) {
  const half = spec.datatype === 'FP16';
  const nonFinite = allowNaN && DATATYPE_INFO[spec.datatype].kind === 'float';
  for (let i = 0; i < data.length; i++) {
    const value = half ? fromHalf(data[i] as number) : (data[i] as number | bigint);
    if (value >= minimum && value <= maximum) continue;
    if (nonFinite && !Number.isFinite(value)) continue;
    const message = `expected ${spec.datatype} values between ${minimum} and ${maximum}, value ${i} is ${value}`;
    throw new ServingError('INVALID_VALUE', message, { field });
  }
}
