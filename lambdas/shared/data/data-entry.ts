import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import { decodeTensors, encodeTensors } from '../cache/tensor-codec';
import { CACHE_VERSION, type DataSettings } from '../contract';
import type { Tensor } from '../protocol/tensor';
import { type DataRecord, type StoredRecord, UnreadableRecord } from './record';
import { notTaken, type PrepareRecord, rowOf } from './rows-of-data';

/** What is cached of an id: that there is nothing, what the store holds, or what the model takes. */
type About = { readonly unknown: true } | { readonly record: true } | { readonly row: true };

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
  record: StoredRecord,
  settings: DataSettings,
  prepare?: PrepareRecord,
): Promise<{ readonly body: Buffer; readonly row: readonly Tensor[] }> {
  if (record instanceof UnreadableRecord) throw notTaken(id, record.reason);
  if (settings.form === 'raw') {
    // Before the user's code has the record, and read again for it: a hit is answered as the first time.
    const body = rawEntry(record);
    return { body, row: await rowOf(id, recordIn(decodeTensors<About>(body).tensors), settings, prepare) };
  }
  const row = await rowOf(id, record, settings, prepare);
  return { body: encodeTensors<About>({ row: true }, row), row };
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
  return 'record' in about ? rowOf(id, recordIn(tensors), settings, prepare) : tensors;
}

/** As bytes, not as JSON: a table has sets and binary values, too. */
function rawEntry(record: DataRecord): Buffer {
  const data = new Uint8Array(serialize(record));
  return encodeTensors<About>({ record: true }, [{ name: 'record', datatype: 'UINT8', shape: [data.length], data }]);
}

function recordIn([tensor]: readonly Tensor[]): DataRecord {
  return deserialize(Uint8Array.from(tensor?.data as Uint8Array));
}
