import type { Question } from '../composed/service';
import { DATA_METRICS } from '../shared/contract';
import type { StoredRecord } from '../shared/data/record';
import { ServingError } from '../shared/errors';
import type { DataCache } from './service';

/** A read of the store, which may turn out not to be needed. */
export interface ReadRecords {
  readonly records: Promise<ReadonlyMap<string, StoredRecord>>;
  abort(): void;
}

/** Kept of the deadline for the predictor's own work. */
const RESERVE_MS = 100;

/** What the store has of these ids. One that fails, or takes longer than it may, is a 503 of the data. */
export function readStore(
  ids: readonly string[],
  { deadlineMs, requestId }: Question,
  { env, log, manifest, store }: DataCache,
): ReadRecords {
  const unneeded = new AbortController();
  const left = Math.max(0, Math.min(env.data.storeTimeoutMs, deadlineMs - RESERVE_MS - Date.now()));
  const signal = AbortSignal.any([unneeded.signal, AbortSignal.timeout(left)]);
  const read = async () => {
    try {
      const records = await orAborted(store.read(ids, signal), signal);
      log.event('store_read', { model: manifest.name, requestId, ids: ids.length }, [[DATA_METRICS.storeReads, 1]]);
      return records;
    } catch (cause) {
      const message = 'The store of the data does not answer.';
      throw new ServingError('UNAVAILABLE', message, { stage: 'data', retryAfterMs: 1000, cause });
    }
  };
  const records = read();
  // Nobody may be waiting for it when it fails.
  records.catch(() => undefined);
  return { records, abort: () => unneeded.abort() };
}

/** Also of one that does not look at its signal. */
function orAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}
