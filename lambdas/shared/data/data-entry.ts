import { createHash } from 'node:crypto';
import { decodeTensors, encodeTensors } from '../cache/tensor-codec';
import { CACHE_VERSION, type DataSettings } from '../contract';
import type { Tensor } from '../protocol/tensor';
import type { DataRecord } from './record';
import { type PrepareRecord, rowOf } from './rows-of-data';

/** What is cached of an id: that there is nothing, what the store holds, or what the model takes. */
type About = { readonly unknown: true } | { readonly record: DataRecord } | { readonly row: true };

/** Names the data of an id: of this store and, where they are preprocessed, by this preprocessing. */
export function dataKey(id: string, { form, store, version }: DataSettings): string {
  const parts = [CACHE_VERSION, 'data', store, form, form === 'preprocessed' ? version : '', id];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

export function unknownEntry(): Buffer {
  return encodeTensors<About>({ unknown: true }, []);
}

/** The entry of an id, and the row that is in it or made of it. */
export async function entryOf(
  id: string,
  record: DataRecord,
  settings: DataSettings,
  prepare?: PrepareRecord,
): Promise<{ readonly body: Buffer; readonly row: Tensor[] }> {
  const row = await rowOf(id, record, settings, prepare);
  const body =
    settings.form === 'raw' ? encodeTensors<About>({ record }, []) : encodeTensors<About>({ row: true }, row);
  return { body, row };
}

/** The row of an id out of its entry; `unknown` where there is none. */
export async function rowFrom(
  id: string,
  body: Uint8Array,
  settings: DataSettings,
  prepare?: PrepareRecord,
): Promise<readonly Tensor[] | 'unknown'> {
  const { about, tensors } = decodeTensors<About>(body);
  if ('unknown' in about) return 'unknown';
  return 'record' in about ? rowOf(id, about.record, settings, prepare) : tensors;
}
