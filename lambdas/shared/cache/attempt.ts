import { CACHE_METRICS } from '../contract';
import { reasonOf } from '../errors';
import type { RequestLog } from '../telemetry/request-log';

/** Where failures of a cache are told. */
export interface AttemptLog {
  readonly log: Pick<RequestLog, 'event'>;
  readonly model: string;
  readonly requestId: string;
}

/**
 * An operation of a cache. It is no reason for anybody to fail and none to wait: what goes wrong, or takes longer than
 * it may, is a line in the log with a metric, and no value.
 */
export async function attempt<Value>(
  what: string,
  limitMs: number,
  work: () => Promise<Value>,
  told: AttemptLog,
): Promise<{ readonly value: Value } | undefined> {
  let timer: NodeJS.Timeout | undefined;
  try {
    if (limitMs <= 0) throw new Error('there is no time left for it');
    const late = new Promise<never>((_, reject) => {
      const message = `it took more than ${Math.round(limitMs)} ms`;
      timer = setTimeout(() => reject(new Error(message)), limitMs);
    });
    return { value: await Promise.race([work(), late]) };
  } catch (error) {
    tellFailure(what, error, told);
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

export function tellFailure(what: string, error: unknown, { log, model, requestId }: AttemptLog): void {
  log.event('cache_failed', { model, requestId, what, reason: reasonOf(error) }, [[CACHE_METRICS.failures, 1]]);
}
