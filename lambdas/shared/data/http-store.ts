import type { StoreSettings } from '../contract';
import { inTurns } from '../in-turns';
import { asSegment } from './check-id';
import { type DataStore, recordOfJson, type StoredRecord, UnreadableRecord } from './record';

/** Requests at once. */
const AT_ONCE = 16;
/** Largest answer that is read: one that is larger than any entry is no record of somebody. */
const MOST_BYTES = 4 * 1024 * 1024;

/** Records are what another service answers to a GET, each a JSON object; 404 says that there is none. */
export function httpStore({ url }: Extract<StoreSettings, { kind: 'http' }>): DataStore {
  const readOne = async (id: string, signal: AbortSignal): Promise<[string, StoredRecord][]> => {
    // As a function: in a text `$&` would stand for something.
    const address = url.replaceAll('{id}', () => asSegment(id));
    const answer = await fetch(address, { signal, redirect: 'error', headers: { accept: 'application/json' } });
    if (answer.status === 404) {
      await answer.body?.cancel();
      return [];
    }
    if (!answer.ok) {
      await answer.body?.cancel();
      throw new Error(`the store answers ${answer.status}`);
    }
    const text = await textOf(answer);
    const tooLarge = new UnreadableRecord(`the store answers more than ${MOST_BYTES} bytes`);
    return [[id, text === undefined ? tooLarge : recordOfJson(text)]];
  };
  return {
    read: async (ids, signal) => new Map((await inTurns(ids, AT_ONCE, (id) => readOne(id, signal))).flat()),
  };
}

/** The body, unless it is too large; what is left of it then is not read. */
async function textOf({ body }: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
