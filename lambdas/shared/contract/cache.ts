/** What caches are: of answers (PredictionCache) and of the data that answers are made from (DataCache). */

/** Version of a row. A handler reads its own version and the one before. */
export const CACHE_VERSION = 1;

// --- The table of a cache -----------------------------------------------------------------------------------------------

/** Key of the table and of what is in it. Other attributes are `CacheRow` (lambdas/shared/cache/cache-table.ts). */
export const CACHE_TABLE = {
  key: 'key',
  /** Epoch seconds after which a row is gone. DynamoDB deletes late, so readers look at other attributes too. */
  ttl: 'ttl',
  /** An entry, by the key that the log line of a request names. */
  entry: (key: string) => `entry#${key}`,
  /** Who is at work on a key; there are so many slots as inferences may run for it at once. */
  lease: (key: string, slot: number | string) => `lease#${key}#${slot}`,
  /** The one row of what was invalidated: the last moment for all entries in `all`, for those of a model in `of(model)`. */
  invalidations: 'invalidations',
  all: 'all',
  of: (model: string) => `model:${model}`,
} as const;

/** Largest body of an entry that stays in its row: an item of DynamoDB holds 400 KB, names and other attributes included. */
export const CACHE_ROW_BYTES = 380 * 1024;

/** Objects that are too large for a row lie under this. */
export const CACHE_PREFIX = 'cache/';

/** Alias of the function that stale entries are refreshed by. */
export const LIVE_ALIAS = 'live';

// --- Messages -----------------------------------------------------------------------------------------------------------

/** What a function that found a stale entry sends to itself, asynchronously, because nothing runs after its answer. */
export const REVALIDATE = 'revalidate';

// --- HTTP ---------------------------------------------------------------------------------------------------------------

export const CACHE_HEADERS = {
  /** `MISS`, `HIT`, `STALE` or `BYPASS`. */
  cache: 'x-cache',
  /** Seconds since the answer was stored. */
  age: 'age',
  /** Of a DataCache: how many of the ids of a request were found in the cache: `2/3`. */
  dataCache: 'x-data-cache',
} as const;

// --- Environment --------------------------------------------------------------------------------------------------------

/** Names of the environment variables of the functions that cache, beside `ENV`. */
export const CACHE_ENV = {
  table: 'SERVING_CACHE_TABLE',
  /** Bucket for what is too large for a row; none: it is not cached. */
  bucket: 'SERVING_CACHE_BUCKET',
  /** JSON `CacheSettings`. */
  settings: 'SERVING_CACHE',
  /** JSON `PredictionCacheSettings`. */
  prediction: 'SERVING_PREDICTION_CACHE',
} as const;

/** How any cache keeps what it keeps. */
export interface CacheSettings {
  /** Milliseconds that an entry is fresh. */
  readonly ttlMs: number;
  /** Milliseconds after that in which it may still be answered with, while it is refreshed; 0: it may not. */
  readonly staleMs: number;
  /** Longest time of one operation of the cache. */
  readonly timeoutMs: number;
  /** Bytes of entries that an execution environment remembers; 0: none. */
  readonly memoryBytes: number;
  /** Longest time that it remembers anything: what was invalidated is answered with no longer. */
  readonly memoryTtlMs: number;
  /** Largest entry that is kept. */
  readonly maxEntryBytes: number;
}

/** How answers are cached. */
export interface PredictionCacheSettings {
  readonly strategy: 'concurrent' | 'lookup-first';
  /** Most inferences for one key that run at once; none: as many as there are requests. */
  readonly maxInflight?: number;
  /** Longest time to an answer of the predictor. */
  readonly predictorMs: number;
  /** Inputs that make the key; all where there are none. */
  readonly keyInputs?: readonly string[];
  /** Whether each caller has answers of its own. */
  readonly perPrincipal: boolean;
  /** Whether clients may go past the cache (`Cache-Control: no-cache`, `no-store`). */
  readonly allowBypass: boolean;
}

// --- Telemetry ----------------------------------------------------------------------------------------------------------

/** Metrics of caches, with the dimensions of every other. */
export const CACHE_METRICS = {
  /** Lookups that found a fresh entry. */
  hits: { name: 'CacheHits', unit: 'Count' },
  misses: { name: 'CacheMisses', unit: 'Count' },
  /** Answers with an entry that is past its time, while it is refreshed. */
  stale: { name: 'CacheStale', unit: 'Count' },
  /** Answers without the cache: it failed, or the client asked for that. */
  bypasses: { name: 'CacheBypasses', unit: 'Count' },
  /** Operations of the cache that failed or took too long. */
  failures: { name: 'CacheFailures', unit: 'Count' },
  /** Answers for which the predictor was not asked. */
  savedInferences: { name: 'SavedInferences', unit: 'Count' },
  /** Inferences that were begun and then not needed. */
  wastedInferences: { name: 'WastedInferences', unit: 'Count' },
  /** Until it was known whether there is an entry. */
  lookupLatency: { name: 'CacheLookupLatency', unit: 'Milliseconds' },
} as const;
