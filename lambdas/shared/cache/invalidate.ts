import { CACHE_TABLE, CACHE_VERSION } from '../contract';
import type { CacheTable } from './cache-table';

/** What shall not be answered with any more. */
export type Invalidation = { readonly key: string } | { readonly model: string } | 'all';

/** Longer than any function runs: what was begun before cannot come back after it. */
const LONGEST_RUN_MS = 16 * 60_000;

/**
 * Functions see it with their next lookup; what an environment remembers it may answer with as long as `memoryTtl` says.
 */
export async function invalidate(
  table: Pick<CacheTable, 'invalidate' | 'put'>,
  what: Invalidation,
  now = Date.now(),
): Promise<void> {
  if (what === 'all') await table.invalidate(CACHE_TABLE.all, now);
  else if ('model' in what) await table.invalidate(CACHE_TABLE.of(what.model), now);
  else await invalidateKey(table, what.key, now);
}

async function invalidateKey(table: Pick<CacheTable, 'put'>, key: string, now: number): Promise<void> {
  // A row in the place of the entry, and not none, so that an inference that began before is refused.
  await table.put(key, {
    v: CACHE_VERSION,
    askedAt: now,
    storedAt: now,
    freshUntil: now,
    staleUntil: now + LONGEST_RUN_MS,
    invalidated: true,
  });
}
