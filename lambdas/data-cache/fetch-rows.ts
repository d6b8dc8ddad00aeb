import type { Question } from '../composed/service';
import { type AttemptLog, attempt, tellFailure } from '../shared/cache/attempt';
import type { Lookup } from '../shared/cache/cache-store';
import { CACHE_METRICS } from '../shared/contract';
import { dataKey, entryOf, rowFrom, unknownEntry } from '../shared/data/data-entry';
import type { StoredRecord } from '../shared/data/record';
import type { PrepareRecord } from '../shared/data/rows-of-data';
import { inTime } from '../shared/in-time';
import { inTurns } from '../shared/in-turns';
import type { Tensor } from '../shared/protocol/tensor';
import { type ReadRecords, readStore } from './read-store';
import type { DataCache } from './service';

export interface Fetched {
  /** By id. An id without one is unknown. */
  readonly rows: ReadonlyMap<string, readonly Tensor[]>;
  /** How many of them the cache had. */
  readonly fromCache: number;
  /** Ends when what was read is in the cache, or could not be put there. It never fails. */
  readonly stored: Promise<unknown>;
}

/** Rows that are written at once. */
const AT_ONCE = 16;
/** Kept of the deadline for the answer itself. */
const RESERVE_MS = 50;

/** The rows of the ids: what this environment remembers, what the cache has, and what only the store has. */
export async function fetchRows(ids: readonly string[], question: Question, service: DataCache): Promise<Fetched> {
  const { cache, env, log, manifest } = service;
  const told: AttemptLog = { log, model: manifest.name, requestId: question.requestId };
  const prepare = prepareInTime(question, service);
  const rows = new Map<string, readonly Tensor[]>();
  const unknown = new Set<string>();
  const take = async (id: string, body: Uint8Array) => {
    const row = await attempt(
      'decode',
      question.deadlineMs - Date.now(),
      () => rowFrom(id, body, env.data, prepare),
      told,
    );
    if (row?.value === 'unknown') unknown.add(id);
    else if (row) rows.set(id, row.value);
  };
  const left = () => ids.filter((id) => !rows.has(id) && !unknown.has(id));

  for (const id of ids) {
    const remembered = cache.recall(dataKey(id, env.data));
    if (remembered) await take(id, remembered.body);
  }
  const asked = left();
  const askedAt = cache.clock();
  // Both are asked together where that is chosen, and only what the cache lacks is waited for.
  const early =
    asked.length > 0 && env.data.strategy === 'concurrent' ? readStore(asked, question, service) : undefined;
  const started = performance.now();
  const lookup = asked.length > 0 ? await lookUp(asked, question, service, told) : undefined;
  const lookupMs = performance.now() - started;
  for (const id of asked) {
    const entry = lookup?.entries.get(dataKey(id, env.data));
    if (entry) await take(id, entry.body);
  }
  const missing = left();
  const fromCache = rows.size;
  if (missing.length === 0) early?.abort();
  const records = missing.length > 0 ? await (early ?? readStore(missing, question, service)).records : NO_RECORDS;
  const entries = await inTurns(missing, AT_ONCE, async (id): Promise<[string, Buffer] | undefined> => {
    const record = records.get(id);
    if (!record) return env.data.unknownTtlMs > 0 ? [id, unknownEntry()] : undefined;
    const { body, row } = await entryOf(id, record, env.data, prepare);
    rows.set(id, row);
    return [id, body];
  });
  record(ids.length - missing.length, missing.length, asked.length > 0 ? lookupMs : undefined, !!lookup, told);
  const stored = lookup
    ? storeAll(
        entries.filter((entry) => entry !== undefined),
        records,
        askedAt,
        question,
        service,
        told,
      )
    : NOTHING;
  return { rows, fromCache, stored };
}

const NO_RECORDS: Awaited<ReadRecords['records']> = new Map();
const NOTHING = Promise.resolve();

/** The user's code has what is left of the time, as everything else does. */
function prepareInTime({ deadlineMs }: Question, { prepare }: DataCache): PrepareRecord | undefined {
  return prepare && ((record) => inTime(deadlineMs, 'while the data were prepared', () => prepare(record)));
}

async function lookUp(
  ids: readonly string[],
  { deadlineMs }: Question,
  { cache, env }: DataCache,
  told: AttemptLog,
): Promise<Lookup | undefined> {
  const keys = ids.map((id) => dataKey(id, env.data));
  const limit = Math.min(env.cache.timeoutMs, deadlineMs - Date.now());
  const lookup = (await attempt('lookup', limit, () => cache.lookup(keys, limit), told))?.value;
  for (const failure of lookup?.failures ?? []) tellFailure('body', failure, told);
  return lookup;
}

async function storeAll(
  entries: readonly (readonly [string, Buffer])[],
  records: ReadonlyMap<string, StoredRecord>,
  askedAt: number,
  { deadlineMs }: Question,
  { cache, env }: DataCache,
  told: AttemptLog,
): Promise<void> {
  const limit = Math.min(2 * env.cache.timeoutMs, deadlineMs - RESERVE_MS - Date.now());
  const put = ([id, body]: readonly [string, Buffer]) =>
    cache.put({
      key: dataKey(id, env.data),
      body,
      askedAt,
      ttlMs: records.has(id) ? undefined : env.data.unknownTtlMs,
    });
  await attempt('store', limit, () => inTurns(entries, AT_ONCE, put), told);
}

/** What the cache did for one request, in ids. */
function record(hits: number, misses: number, lookupMs: number | undefined, up: boolean, told: AttemptLog): void {
  const { log, model, requestId } = told;
  const bypassed = lookupMs !== undefined && !up ? misses : 0;
  log.event('data_cache', { model, requestId, hits, misses }, [
    [CACHE_METRICS.hits, hits],
    [CACHE_METRICS.misses, misses - bypassed],
    [CACHE_METRICS.bypasses, bypassed],
    [CACHE_METRICS.stale, 0],
    ...(lookupMs === undefined ? [] : [[CACHE_METRICS.lookupLatency, lookupMs] as const]),
  ]);
}
