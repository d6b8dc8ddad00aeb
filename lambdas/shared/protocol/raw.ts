import { isUtf8 } from 'node:buffer';
import type { InputSpec } from '../contract';
import { ServingError } from '../errors';
import { DATATYPE_INFO, type NumericArray, type TensorData } from './datatypes';
import { fromHalf } from './float16';
import { type Limits, limitsOf } from './json-values';
import { elementCount, type Tensor } from './tensor';

// Typed arrays have the byte order of the machine, the wire is little-endian; so is every machine AWS Lambda has.

/** Values from little-endian bytes, row-major; BYTES as a 4-byte length before each value. */
export function decodeRaw(bytes: Uint8Array, spec: InputSpec, shape: readonly number[], field: string): TensorData {
  const count = elementCount(shape);
  if (spec.datatype === 'BYTES') return decodeTexts(bytes, count, field);
  const size = DATATYPE_INFO[spec.datatype].bytes;
  if (bytes.byteLength !== count * size) {
    const message = `shape [${shape.join(', ')}] of ${spec.datatype} has ${count * size} bytes, got ${bytes.byteLength}`;
    throw new ServingError('INVALID_SHAPE', message, { field });
  }
  const data = DATATYPE_INFO[spec.datatype].allocate(count) as NumericArray;
  new Uint8Array(data.buffer).set(bytes);
  checkValues(data, spec, limitsOf(spec), field);
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

function checkValues(data: NumericArray, spec: InputSpec, { minimum, maximum, allowNaN }: Limits, field: string) {
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
