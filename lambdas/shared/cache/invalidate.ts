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
  table: Pick<CacheTable, 'nextGeneration' | 'put'>,
  what: Invalidation,
  now = Date.now(),
): Promise<void> {
  if (what === 'all') return table.nextGeneration(CACHE_TABLE.all);
  if ('model' in what) return table.nextGeneration(CACHE_TABLE.of(what.model));
  // A row in the place of the entry, and not none, so that an inference that began before is refused.
  await table.put(what.key, {
    v: CACHE_VERSION,
    generation: '',
    askedAt: now,
    storedAt: now,
    freshUntil: now,
    staleUntil: now + LONGEST_RUN_MS,
    invalidated: true,
  });
}
