import type { WireTensor } from '../contract';
import { DATATYPE_INFO, type NumericArray } from './datatypes';
import { encodeRaw } from './raw';
import type { Tensor } from './tensor';

/** The values of a tensor from `start` to `end` as the inside of a JSON array. Joining a typed array is the fast way. */
export function valuesText(tensor: Tensor, start: number, end: number): string {
  const { data } = tensor;
  if (Array.isArray(data)) return JSON.stringify(data.slice(start, end)).slice(1, -1);
  const part = start === 0 && end === data.length ? data : data.subarray(start, end);
  if (tensor.datatype === 'BOOL') return Array.from(part as Uint8Array, (value) => value !== 0).join(',');
  return DATATYPE_INFO[tensor.datatype].kind === 'float' ? floatsText(part as Float64Array) : part.join(',');
}

function floatsText(values: Float32Array | Float64Array): string {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) return Array.from(values, floatText).join(',');
  }
  return values.join(',');
}

function floatText(value: number): string {
  return Number.isFinite(value) ? String(value) : `"${value}"`;
}

/** A tensor as JSON text. */
export function tensorText(tensor: Tensor): string {
  const { name, datatype, shape, data } = tensor;
  const values = valuesText(tensor, 0, data.length);
  return `{"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":[${shape.join(',')}],"data":[${values}]}`;
}

/**
 * A tensor as an object that can be written as JSON: 64-bit integers that a number cannot hold become text, floats
 * that JSON does not have too; FP16 goes as raw bytes.
 */
export function tensorObject(tensor: Tensor): WireTensor {
  const { name, datatype, shape, data } = tensor;
  if (datatype === 'FP16') return { name, datatype, shape, raw: encodeRaw(tensor).toString('base64') };
  return { name, datatype, shape, data: Array.isArray(data) ? data : jsonValues(datatype === 'BOOL', data) };
}

function jsonValues(boolean: boolean, data: NumericArray): unknown[] {
  const values: unknown[] = new Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number | bigint;
    if (boolean) values[i] = value !== 0;
    else if (typeof value === 'bigint') values[i] = Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    else values[i] = Number.isFinite(value) ? value : String(value);
  }
  return values;
}
