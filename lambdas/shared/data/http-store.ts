import type { StoreSettings } from '../contract';
import { asRecord } from './bucket-store';
import { asSegment } from './check-id';
import { inTurns } from './in-turns';
import type { DataRecord, DataStore } from './record';

/** Requests at once. */
const AT_ONCE = 16;

/** Records are what another service answers to a GET, each a JSON object; 404 says that there is none. */
export function httpStore({ url }: Extract<StoreSettings, { kind: 'http' }>): DataStore {
  const readOne = async (id: string, signal: AbortSignal): Promise<[string, DataRecord][]> => {
    // As a function: in a text `$&` would stand for something.
    const address = url.replaceAll('{id}', () => asSegment(id));
    const answer = await fetch(address, { signal, redirect: 'error', headers: { accept: 'application/json' } });
    if (answer.status === 404) {
      await answer.arrayBuffer();
      return [];
    }
    if (!answer.ok) throw new Error(`the store answers ${answer.status}`);
    return [[id, asRecord(await answer.json())]];
  };
  return {
    read: async (ids, signal) => new Map((await inTurns(ids, AT_ONCE, (id) => readOne(id, signal))).flat()),
  };
}
