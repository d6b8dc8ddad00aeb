import { invalidate } from '../shared/cache/invalidate';
import { DATA_METRICS } from '../shared/contract';
import { dataKey, entryOf } from '../shared/data/data-entry';
import type { StoredRecord } from '../shared/data/record';
import { reasonOf } from '../shared/errors';
import { inTurns } from '../shared/in-turns';
import type { Filler } from './service';

/** Entries that are written at once. */
const AT_ONCE = 16;

/** What is true of an id now: its record, or that it has none any more. */
export type Change = readonly [id: string, record: StoredRecord | undefined];

/**
 * Puts what the store holds into the cache, before anybody asks for it. A record that no input can be made of is no
 * reason to stop: it is left out, and whoever asks for it hears why. A cache that does not answer is one: the event comes
 * again.
 *
 * @param askedAt before the records were read
 */
export async function fill(changes: readonly Change[], askedAt: number, filler: Filler): Promise<void> {
  const { cache, env, log, manifest, prepare, table } = filler;
  let filled = 0;
  let failed = 0;
  await inTurns(changes, AT_ONCE, async ([id, record]) => {
    const key = dataKey(id, env.data);
    // A request that read it before must not bring it back.
    if (!record) return invalidate(table, { key }, askedAt);
    const entry = await entryOf(id, record, env.data, prepare).catch((error) => {
      failed += 1;
      log.event('fill_failed', { model: manifest.name, reason: reasonOf(error) }, [[DATA_METRICS.fillFailures, 1]]);
      return undefined;
    });
    // What was there is of an older record.
    if (!entry) return invalidate(table, { key }, askedAt);
    await cache.put({ key, body: entry.body, askedAt });
    filled += 1;
  });
  log.event('filled', { model: manifest.name, ids: changes.length, filled, failed }, [[DATA_METRICS.filled, filled]]);
}
