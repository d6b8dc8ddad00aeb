import { DATATYPE_INFO } from './datatypes';
import type { Tensor } from './tensor';

/** Bytes of the values of tensors, without what is around them on any wire. */
export function tensorBytes(tensors: readonly Tensor[]): number {
  let bytes = 0;
  for (const { data, datatype } of tensors) {
    if (Array.isArray(data)) for (const text of data) bytes += Buffer.byteLength(text);
    else bytes += data.length * DATATYPE_INFO[datatype].bytes;
  }
  return bytes;
}
