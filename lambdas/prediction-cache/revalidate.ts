import { attempt } from '../shared/cache/attempt';
import { decodeInfer } from '../shared/protocol/infer';
import { lookUp } from './look-up';
import type { Revalidation } from './revalidation';
import type { PredictionCache } from './service';
import { askAndStore } from './store-answer';
import { Tally } from './tally';

/**
 * Nobody waits for it, and it is not tried again: who finds the entry stale after this has it refreshed again. One that
 * comes after its lease has ended leaves it to them.
 */
export async function revalidate(message: Revalidation, cache: PredictionCache): Promise<void> {
  const { env, log, manifest, store } = cache;
  const { askUntil, key, lease, pair, principal, request, requestId, traceparent } = message;
  const tally = new Tally(message, cache);
  try {
    const inference = decodeInfer({ value: request, exact: request }, manifest);
    const deadlineMs = Math.min(Date.now() + env.deadlineMs, askUntil);
    const question = { requestId, traceparent, principal, pair, deadlineMs, inference };
    const begun = await lookUp(key, question, cache, tally);
    if (begun && (!begun.entry || begun.entry.stale)) await askAndStore(question, begun, cache, tally);
    log.event('revalidated', { model: manifest.name, requestId, key });
  } finally {
    await attempt('release', env.cache.timeoutMs, () => store.release(lease), tally.log);
  }
}
