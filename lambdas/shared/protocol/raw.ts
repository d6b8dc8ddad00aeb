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

/** By the bits of the exponents, all of which are set in what is no finite number: adding one then carries into the sign. */
function areFinite(data: NumericArray): boolean {
  const { buffer, byteLength, byteOffset, BYTES_PER_ELEMENT: size } = data;
  if (size === 2) return (data as Uint16Array).every((pattern) => (pattern & INFINITE) !== INFINITE);
  const words = new Int32Array(buffer, byteOffset, byteLength / 4);
  return (size === 4 ? carriesOf32(words) : carriesOf64(words)) >= 0;
}

/** The exponent of half-precision values that are no finite number. */
const INFINITE = 0x7c00;

/** Four values at a time do not wait for each other. */
function carriesOf32(words: Int32Array): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const end = words.length - 3;
  let i = 0;
  for (; i < end; i += 4) {
    a |= ((words[i] as number) & 0x7f800000) + 0x00800000;
    b |= ((words[i + 1] as number) & 0x7f800000) + 0x00800000;
    c |= ((words[i + 2] as number) & 0x7f800000) + 0x00800000;
    d |= ((words[i + 3] as number) & 0x7f800000) + 0x00800000;
  }
  for (; i < words.length; i++) a |= ((words[i] as number) & 0x7f800000) + 0x00800000;
  return a | b | c | d;
}

/** The exponent is in the second word of each value. */
function carriesOf64(words: Int32Array): number {
  let carries = 0;
  for (let i = 1; i < words.length; i += 2) carries |= ((words[i] as number) & 0x7ff00000) + 0x00100000;
  return carries;
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
