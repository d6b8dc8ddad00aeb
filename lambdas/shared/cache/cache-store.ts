import { LRUCache } from 'lru-cache';
import { CACHE_PREFIX, CACHE_ROW_BYTES, CACHE_TABLE, CACHE_VERSION, type CacheSettings } from '../contract';
import { checkDeadline, inTime } from '../in-time';
import { inTurns } from '../in-turns';
import type { CacheObjects } from './cache-objects';
import { BATCH, type CacheRow, type Rows } from './cache-table';

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
  /** Why bodies could not be read: their entries are none. */
  readonly failures: readonly unknown[];
  /** Slots of the one key that was asked for, which nobody has. */
  readonly freeSlots: readonly number[];
  /** What is made under that key is not kept at present, so there is nothing to wait for. */
  readonly isUnshared: boolean;
}

/** Something new for the cache. */
export interface NewEntry {
  readonly key: string;
  readonly body: Uint8Array;
  /** When the work began. */
  readonly askedAt: number;
  /** When it was made, where that was before now. */
  readonly storedAt?: number;
  /** Where it is fresh for another time than other entries. */
  readonly ttlMs?: number;
}

/** What became of it. Whose work began before that of what is there comes too late. */
export type Stored = 'stored' | 'superseded' | 'too-large' | 'too-old';

export interface StoreParts {
  readonly model: string;
  readonly settings: CacheSettings;
  readonly table: Rows;
  readonly objects?: Pick<CacheObjects, 'get' | 'put'>;
  readonly clock?: () => number;
}

/** The memory of this environment before the table that all share. It throws where the table fails, and a write where the bucket does. */
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
   * What the table has. Fresh entries are remembered. A body that the bucket does not give within most of the time that
   * the whole may take is a failure of its own: the others are there all the same.
   *
   * @param limitMs when nobody waits for it any more
   * @param slots of one key alone: how many may be at work on it at once
   */
  async lookup(keys: readonly string[], limitMs: number, slots = 0): Promise<Lookup> {
    const { clock } = this;
    const { model, table } = this.parts;
    const begunAt = clock();
    const bodiesUntil = Date.now() + BODIES_SHARE * limitMs;
    const chunks = Array.from({ length: Math.max(1, Math.ceil(keys.length / (BATCH - 1))) }, (_, i) =>
      keys.slice(i * (BATCH - 1), (i + 1) * (BATCH - 1)),
    );
    const names = Array.from({ length: slots }, (_, slot) => CACHE_TABLE.lease(`${keys[0]}`, slot));
    const unshared = CACHE_TABLE.lease(`${keys[0]}`, UNSHARED);
    const read = await Promise.all(chunks.map((chunk) => table.read(chunk, slots > 0 ? [...names, unshared] : [])));
    const { [CACHE_TABLE.all]: all = 0, [CACHE_TABLE.of(model)]: ofModel = 0 } = read[0]?.invalidations ?? {};
    const invalidatedAt = Math.max(all, ofModel);
    const entries = new Map<string, Entry>();
    const failures: unknown[] = [];
    await inTurns(
      read.flatMap(({ rows }) => [...rows]),
      AT_ONCE,
      async ([key, row]) => {
        // Of a row without times none of these holds.
        const isValid = row.askedAt > invalidatedAt && row.staleUntil > clock();
        if (row.invalidated || !isValid) return;
        try {
          const { storedAt, freshUntil } = row;
          const body = await this.#bodyOf(row, bodiesUntil);
          const entry = { body, storedAt, freshUntil, stale: !(freshUntil > clock()) };
          entries.set(key, entry);
          this.#remember(key, entry, begunAt);
        } catch (error) {
          failures.push(error);
        }
      },
    );
    const now = clock();
    const isHeld = (name: string) => (read[0]?.leases.get(name) ?? 0) >= now;
    const freeSlots = names.flatMap((name, slot) => (isHeld(name) ? [] : [slot]));
    return { entries, failures, freeSlots, isUnshared: isHeld(unshared) };
  }

  async put({ askedAt, body, key, storedAt = this.clock(), ttlMs }: NewEntry): Promise<Stored> {
    const { objects, settings, table } = this.parts;
    if (body.byteLength > settings.maxEntryBytes) return 'too-large';
    const freshUntil = storedAt + (ttlMs ?? settings.ttlMs);
    const row = {
      v: CACHE_VERSION,
      askedAt,
      storedAt,
      freshUntil,
      staleUntil: freshUntil + settings.staleMs,
    };
    // What was long in another cache may have outlived its time in this one: nobody would find it.
    if (row.staleUntil <= this.clock()) return 'too-old';
    const fits = body.byteLength <= CACHE_ROW_BYTES;
    if (!fits && !objects) return 'too-large';
    const object = fits ? undefined : `${CACHE_PREFIX}${key}/${crypto.randomUUID()}`;
    if (object) await objects?.put(object, body);
    if (!(await table.put(key, { ...row, ...(object ? { object } : { body }) }))) return 'superseded';
    this.#remember(key, { body, storedAt, freshUntil, stale: freshUntil <= this.clock() }, askedAt);
    return 'stored';
  }

  /**
   * Takes one of these slots of a key; undefined where others have all. Where it throws the holder may have one all the
   * same, which is therefore named by who takes it.
   */
  async lease(
    key: string,
    slots: readonly (number | string)[],
    holder: string,
    ms: number,
  ): Promise<Lease | undefined> {
    for (const slot of slots) {
      const lease = CACHE_TABLE.lease(key, slot);
      const now = this.clock();
      if (await this.parts.table.lease(lease, holder, now, now + ms)) return { lease, holder };
    }
    return undefined;
  }

  /** Says that an answer was made and is not kept: nobody waits for another one under this key for so long. */
  async unshare(key: string, ms: number): Promise<void> {
    const now = this.clock();
    await this.parts.table.lease(CACHE_TABLE.lease(key, UNSHARED), crypto.randomUUID(), now, now + ms);
  }

  async release({ holder, lease }: Lease): Promise<void> {
    await this.parts.table.release(lease, holder);
  }

  async #bodyOf({ body, object }: CacheRow, until: number): Promise<Uint8Array> {
    const { objects } = this.parts;
    if (!object) return body ?? new Uint8Array();
    if (!objects) throw new Error('the entry is in a bucket that this function does not know');
    const when = 'before the bucket gave the body of the entry';
    checkDeadline(until, when);
    return inTime(until, when, () => objects.get(object));
  }

  /**
   * No longer than it is fresh, and no longer than an invalidation may take.
   *
   * @param since a moment at which it was no invalid one: an invalidation that is not known of came after it
   */
  #remember(key: string, entry: Entry, since: number): void {
    if (entry.stale) return;
    const until = Math.min(entry.freshUntil, since + this.parts.settings.memoryTtlMs);
    this.#memory?.set(key, { entry, until });
  }
}

/** The right to do the work that others wait for. */
export interface Lease {
  readonly lease: string;
  readonly holder: string;
}

/** In the place of a slot, where there is nothing to wait for. */
const UNSHARED = 'unshared';
/** Of key and times, beside the body. */
const OVERHEAD_BYTES = 256;
/** Of the time of a lookup: what bodies may take, so that those which do not come keep nothing else back. */
const BODIES_SHARE = 0.9;
/** Bodies that are read at once. */
const AT_ONCE = 16;
