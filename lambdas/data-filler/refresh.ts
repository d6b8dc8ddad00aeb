import { CACHE_TABLE, DATA_METRICS } from '../shared/contract';
import { dataKey } from '../shared/data/data-entry';
import { reasonOf } from '../shared/errors';
import { fill } from './fill';
import type { Filler } from './service';

/** What is left after it the next refresh begins anew. Shorter than the function's timeout of 15 minutes. */
const LONGEST_MS = 14 * 60_000;
/** There is one refresh at a time; a lease of its own for each store and preprocessing. */
const SLOT = 'refresh';

/**
 * Fills the cache with everything that is in the store. It never throws: Lambda would begin it again beside the next one,
 * and the next one is what makes it good.
 */
export async function refresh(filler: Filler): Promise<void> {
  const { cache, env, log, manifest } = filler;
  const key = dataKey('', env.data);
  const holder = crypto.randomUUID();
  try {
    // It ends with the function, also with one that is killed.
    if (!(await cache.lease(key, [SLOT], holder, LONGEST_MS + 60_000))) {
      log.event('refresh_skipped', { model: manifest.name, reason: 'the one before is still at work' });
      return;
    }
    await fillAll(filler);
  } catch (error) {
    const details = { model: manifest.name, reason: reasonOf(error) };
    log.event('refresh_failed', details, [[DATA_METRICS.fillFailures, 1]]);
  } finally {
    await cache.release({ lease: CACHE_TABLE.lease(key, SLOT), holder }).catch(() => undefined);
  }
}

async function fillAll(filler: Filler): Promise<void> {
  const { cache, store } = filler;
  if (!store.pages) throw new Error('the store cannot tell which ids it has');
  const signal = AbortSignal.timeout(LONGEST_MS);
  let askedAt = cache.clock();
  for await (const records of store.pages(signal)) {
    await fill([...records], askedAt, filler);
    signal.throwIfAborted();
    askedAt = cache.clock();
  }
}
