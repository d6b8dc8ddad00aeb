import type { Question } from '../composed/service';
import type { AttemptLog } from '../shared/cache/attempt';
import type { Stored } from '../shared/cache/cache-store';
import { CACHE_METRICS } from '../shared/contract';
import type { Measured } from '../shared/telemetry/request-log';
import type { CacheOutcome } from './cached-answer';
import type { PredictionCache } from './service';

const { bypasses, hits, lookupLatency, misses, savedInferences, stale, wastedInferences } = CACHE_METRICS;

/** What the cache did for one request: a line in the log beside the request's own, with the metrics. */
export class Tally {
  readonly log: AttemptLog;
  #key?: string;
  #outcome?: CacheOutcome;
  #lookupMs?: number;
  #wasted = 0;
  #stored?: Stored | 'failed';

  constructor({ requestId }: Pick<Question, 'requestId'>, { log, manifest }: PredictionCache) {
    this.log = { log, model: manifest.name, requestId };
  }

  key(key: string): string {
    this.#key = key;
    return key;
  }

  /** Whether this is the key that was looked for. */
  isOf(key: string): boolean {
    return this.#key === key;
  }

  /** The last one is the one that counts. */
  outcome(outcome: CacheOutcome): CacheOutcome {
    this.#outcome = outcome;
    return outcome;
  }

  lookedUp(ms: number): void {
    this.#lookupMs ??= ms;
  }

  /** An inference was begun and is not needed. */
  wasted(): void {
    this.#wasted = 1;
  }

  stored(stored: Stored | 'failed'): void {
    this.#stored = stored;
    if (stored === 'superseded') this.#wasted = 1;
  }

  record(): void {
    const { log, model, requestId } = this.log;
    const counts = (outcome: CacheOutcome) => (this.#outcome === outcome ? 1 : 0);
    const fromCache = counts('HIT') + counts('STALE');
    const metrics: Measured[] = [
      [hits, counts('HIT')],
      [misses, counts('MISS')],
      [stale, counts('STALE')],
      [bypasses, counts('BYPASS')],
      [savedInferences, fromCache - Math.min(fromCache, this.#wasted)],
      [wastedInferences, this.#wasted],
    ];
    if (this.#lookupMs !== undefined) metrics.push([lookupLatency, this.#lookupMs]);
    const details = { model, requestId, outcome: this.#outcome ?? 'FAILED', key: this.#key, stored: this.#stored };
    log.event('cache', details, metrics);
  }
}
