import { LRUCache } from 'lru-cache';
import { CACHE_PREFIX, CACHE_ROW_BYTES, CACHE_TABLE, CACHE_VERSION, type CacheSettings } from '../contract';
import type { CacheObjects } from './cache-objects';
import { BATCH, type CacheRow, type Generations, type Rows } from './cache-table';

/** What is kept under a key, as far as it may be answered with. */
export interface Entry {
  readonly body: Uint8Array;
  readonly storedAt: number;
  readonly freshUntil: number;
  /** It is past its time: whoever answers with it has it refreshed. */
  readonly stale: boolean;
}

export interface Lookup {
  /** By key; what is not there is left out. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** The invalidations that there were at that moment: what is made from now on is stored under it. */
  readonly generation: string;
  /** Slots of the one key that was asked for, which nobody has. */
  readonly freeSlots: readonly number[];
}

/** Something new for the cache. */
export interface NewEntry {
  readonly key: string;
  readonly body: Uint8Array;
  /** That of the lookup before the work began. */
  readonly generation: string;
  /** When the work began. */
  readonly askedAt: number;
  /** When it was made, where that was before now. */
  readonly storedAt?: number;
  /** Where it is fresh for another time than other entries. */
  readonly ttlMs?: number;
}

/** What became of it. Whose work began before that of what is there comes too late. */
export type Stored = 'stored' | 'superseded' | 'too-large';

export interface StoreParts {
  readonly model: string;
  readonly settings: CacheSettings;
  readonly table: Rows;
  readonly objects?: Pick<CacheObjects, 'get' | 'put'>;
  readonly clock?: () => number;
}

/** The memory of this environment before the table that all share. It throws where the table or the bucket fails. */
export class CacheStore {
  readonly clock: () => number;
  readonly #memory?: LRUCache<string, { readonly entry: Entry; readonly until: number }>;

  constructor(private readonly parts: StoreParts) {
    const { memoryBytes: maxSize, memoryTtlMs } = parts.settings;
    this.clock = parts.clock ?? Date.now;
    if (maxSize > 0 && memoryTtlMs > 0) {
      this.#memory = new LRUCache({ maxSize, sizeCalculation: ({ entry }) => entry.body.byteLength + OVERHEAD_BYTES });
    }
  }

  /** What this environment remembers and may still answer with. */
  recall(key: string): Entry | undefined {
    const remembered = this.#memory?.get(key);
    return remembered && remembered.until > this.clock() ? remembered.entry : undefined;
  }

  /**
   * What the table has. Fresh entries are remembered.
   *
   * @param slots of one key alone: how many may be at work on it at once
   */
  async lookup(keys: readonly string[], slots = 0): Promise<Lookup> {
    const { clock } = this;
    const { model, table } = this.parts;
    const chunks = Array.from({ length: Math.max(1, Math.ceil(keys.length / (BATCH - 1))) }, (_, i) =>
      keys.slice(i * (BATCH - 1), (i + 1) * (BATCH - 1)),
    );
    const names = Array.from({ length: slots }, (_, slot) => CACHE_TABLE.lease(`${keys[0]}`, slot));
    const read = await Promise.all(chunks.map((chunk) => table.read(chunk, names)));
    const generation = generationOf(read[0]?.generations ?? {}, model);
    const entries = new Map<string, Entry>();
    for (const [key, row] of read.flatMap(({ rows }) => [...rows])) {
      if (row.invalidated || row.generation !== generation || row.staleUntil <= clock()) continue;
      const { storedAt, freshUntil } = row;
      const entry = { body: await this.#bodyOf(row), storedAt, freshUntil, stale: freshUntil <= clock() };
      entries.set(key, entry);
      this.#remember(key, entry);
    }
    const now = clock();
    const freeSlots = names.flatMap((name, slot) => ((read[0]?.leases.get(name) ?? 0) < now ? [slot] : []));
    return { entries, generation, freeSlots };
  }

  async put({ askedAt, body, generation, key, storedAt = this.clock(), ttlMs }: NewEntry): Promise<Stored> {
    const { objects, settings, table } = this.parts;
    if (body.byteLength > settings.maxEntryBytes) return 'too-large';
    const freshUntil = storedAt + (ttlMs ?? settings.ttlMs);
    const row = {
      v: CACHE_VERSION,
      generation,
      askedAt,
      storedAt,
      freshUntil,
      staleUntil: freshUntil + settings.staleMs,
    };
    const fits = body.byteLength <= CACHE_ROW_BYTES;
    if (!fits && !objects) return 'too-large';
    const object = fits ? undefined : `${CACHE_PREFIX}${key}/${crypto.randomUUID()}`;
    if (object) await objects?.put(object, body);
    if (!(await table.put(key, { ...row, ...(object ? { object } : { body }) }))) return 'superseded';
    this.#remember(key, { body, storedAt, freshUntil, stale: freshUntil <= this.clock() });
    return 'stored';
  }

  /** Takes one of these slots of a key; undefined where others have all. */
  async lease(key: string, slots: readonly (number | string)[], ms: number): Promise<Lease | undefined> {
    const holder = crypto.randomUUID();
    for (const slot of slots) {
      const lease = CACHE_TABLE.lease(key, slot);
      const now = this.clock();
      if (await this.parts.table.lease(lease, holder, now, now + ms)) return { lease, holder };
    }
    return undefined;
  }

  async release({ holder, lease }: Lease): Promise<void> {
    await this.parts.table.release(lease, holder);
  }

  async #bodyOf({ body, object }: CacheRow): Promise<Uint8Array> {
    if (!object) return body ?? new Uint8Array();
    if (!this.parts.objects) throw new Error('the entry is in a bucket that this function does not know');
    return this.parts.objects.get(object);
  }

  /** No longer than it is fresh, and no longer than an invalidation may take. */
  #remember(key: string, entry: Entry): void {
    if (entry.stale) return;
    const until = Math.min(entry.freshUntil, this.clock() + this.parts.settings.memoryTtlMs);
    this.#memory?.set(key, { entry, until });
  }
}

/** The right to do the work that others wait for. */
export interface Lease {
  readonly lease: string;
  readonly holder: string;
}

/** Of key and times, beside the body. */
const OVERHEAD_BYTES = 256;

export function generationOf(generations: Generations, model: string): string {
  return `${generations[CACHE_TABLE.all] ?? 0}.${generations[CACHE_TABLE.of(model)] ?? 0}`;
}
