import { afterEach, describe, expect, it, vi } from 'vitest';
import { CacheStore, type NewEntry } from '../../../lambdas/shared/cache/cache-store';
import { invalidate } from '../../../lambdas/shared/cache/invalidate';
import type { CacheSettings } from '../../../lambdas/shared/contract';
import { CACHE } from './cached-function';
import { MemoryTable } from './memory-table';

const START = 1_800_000_000_000;

/** Two environments with one table, at a time of our own. */
function stores(settings: Partial<CacheSettings> = {}, objects?: Map<string, Uint8Array>, { hangs = false } = {}) {
  const table = new MemoryTable();
  const time = { now: START };
  const clock = () => time.now;
  const bucket = objects && {
    put: async (key: string, body: Uint8Array) => void objects.set(key, body),
    get: async (key: string) => {
      if (hangs) await new Promise(() => undefined);
      return objects.get(key) ?? Promise.reject(new Error('no such key'));
    },
  };
  const store = () =>
    new CacheStore({ model: 'm', settings: { ...CACHE, ...settings }, table, clock, objects: bucket });
  const one = store();
  const put = (entry: Partial<NewEntry> = {}, to = one) =>
    to.put({ key: 'k', body: Buffer.from('body'), askedAt: time.now, ...entry });
  const textOf = async (from = one, key = 'k') => {
    const entry = from.recall(key) ?? (await from.lookup([key], LIMIT_MS)).entries.get(key);
    return entry && Buffer.from(entry.body).toString();
  };
  return { one, other: store(), table, time, put, textOf };
}

afterEach(() => void vi.useRealTimers());

const HOLDER = 'somebody';
const LIMIT_MS = 200;
const REMEMBERING = { memoryBytes: 100_000, memoryTtlMs: 10_000 };

describe('[8.6] what a cache answers with', () => {
  it('an entry is there until its time is over, although the row is', async () => {
    const { put, table, textOf, time } = stores();
    await put();
    time.now = START + 59_999;
    expect(await textOf()).toBe('body');
    time.now = START + 60_000;
    expect(await textOf()).toBeUndefined();
    expect(table.rows.size).toBe(1);
  });

  it('an answer that has outlived its time elsewhere is not kept, and nobody waits for it', async () => {
    const { put, table, textOf, time } = stores(REMEMBERING);
    expect(await put({ storedAt: time.now - 60_000 })).toBe('too-old');
    expect([table.rows.size, await textOf()]).toEqual([0, undefined]);
    expect(await put({ storedAt: time.now - 59_000 })).toBe('stored');
  });

  it('also for who remembers it', async () => {
    const { put, table, textOf, time } = stores({ ...REMEMBERING, ttlMs: 5000 });
    await put();
    table.state = 'down';
    time.now = START + 4999;
    expect(await textOf()).toBe('body');
    time.now = START + 5000;
    await expect(textOf()).rejects.toThrow('down');
  });

  it('an old entry may be answered with as long as that is allowed, and says that it is old', async () => {
    const { one, put, time } = stores({ ...REMEMBERING, staleMs: 30_000 });
    await put();
    time.now = START + 70_000;
    expect(one.recall('k')).toBeUndefined();
    expect((await one.lookup(['k'], LIMIT_MS)).entries.get('k')?.stale).toBe(true);
    expect(one.recall('k')).toBeUndefined();
    time.now = START + 90_000;
    expect((await one.lookup(['k'], LIMIT_MS)).entries.size).toBe(0);
  });

  it.each([
    ['a key', { key: 'k' }],
    ['the model', { model: 'm' }],
    ['everything', 'all'],
  ] as const)('nothing of %s after it was invalidated', async (_, what) => {
    const { one, other, put, table, textOf, time } = stores(REMEMBERING);
    await put();
    expect(await textOf(other)).toBe('body');
    time.now += 1000;
    await invalidate(table, what, time.now);
    // What is remembered is remembered no longer than it says.
    time.now = START + 9999;
    expect([await textOf(one), await textOf(other)]).toEqual(['body', 'body']);
    time.now = START + 10_000;
    expect([await textOf(one), await textOf(other)]).toEqual([undefined, undefined]);
  });

  it('another model and other keys stay', async () => {
    const { put, table, textOf, time } = stores();
    await put();
    time.now += 1;
    await invalidate(table, { model: 'another' }, time.now);
    await invalidate(table, { key: 'another' }, time.now);
    expect(await textOf()).toBe('body');
  });

  it.each([
    ['a key', { key: 'k' }],
    ['the model', { model: 'm' }],
    ['everything', 'all'],
  ] as const)('what was begun before an invalidation of %s does not come back after it', async (_, what) => {
    const { one, put, table, textOf, time } = stores(REMEMBERING);
    const askedAt = time.now;
    time.now += 1000;
    await invalidate(table, what, time.now);
    time.now = START + 9999;
    await put({ askedAt });
    // Not from memory either, whose time is counted from when the work began.
    time.now = START + 10_000;
    expect(await textOf()).toBeUndefined();
    expect(one.recall('k')).toBeUndefined();
    expect(await put()).toBe('stored');
    expect(await textOf()).toBe('body');
  });

  it('an invalidation is never taken back by an earlier one', async () => {
    const { put, table, textOf, time } = stores();
    await invalidate(table, 'all', START + 1000);
    await invalidate(table, 'all', START + 500);
    time.now = START + 700;
    await put();
    expect(await textOf()).toBeUndefined();
  });
});

describe('[8.8] who comes later', () => {
  it('the work that began later wins, whatever ended first', async () => {
    const { put, textOf, time } = stores();
    expect(await put({ askedAt: START + 2, body: Buffer.from('newer') })).toBe('stored');
    time.now = START + 5000;
    expect(await put({ askedAt: START + 1, body: Buffer.from('older') })).toBe('superseded');
    expect(await textOf()).toBe('newer');
    expect(await put({ askedAt: START + 3, body: Buffer.from('newest') })).toBe('stored');
    expect(await textOf()).toBe('newest');
  });
});

describe('[8.6] what a cache holds', () => {
  it('too large for a row is not kept where there is no bucket', async () => {
    const { put, textOf } = stores({ maxEntryBytes: 4_000_000 });
    expect(await put({ body: Buffer.alloc(390 * 1024) })).toBe('too-large');
    expect(await textOf()).toBeUndefined();
  });

  it('and is an object where there is one, up to the largest entry', async () => {
    const objects = new Map<string, Uint8Array>();
    const { other, put, table, textOf } = stores({ maxEntryBytes: 1_000_000 }, objects);
    const large = 'x'.repeat(500_000);
    expect(await put({ body: Buffer.from(large) })).toBe('stored');
    expect([...objects.keys()]).toEqual([expect.stringMatching(/^cache\/k\/[\da-f-]{36}$/)]);
    expect(table.rows.get('k')?.body).toBeUndefined();
    expect(await textOf(other)).toBe(large);
    expect(await put({ body: Buffer.alloc(1_000_001), askedAt: START + 1 })).toBe('too-large');
  });

  it('of an entry whose object is lost there is nothing, and the others are there', async () => {
    const objects = new Map<string, Uint8Array>();
    const { one, put } = stores({ maxEntryBytes: 1_000_000 }, objects);
    await put({ key: 'lost', body: Buffer.alloc(500_000) });
    objects.clear();
    await put();
    const { entries, failures } = await one.lookup(['lost', 'k'], LIMIT_MS);
    expect([...entries.keys()]).toEqual(['k']);
    expect(failures).toEqual([new Error('no such key')]);
  });

  it('of an entry whose object does not come there is nothing either, before the time of the lookup is over', async () => {
    const objects = new Map<string, Uint8Array>();
    const { one, put } = stores({ maxEntryBytes: 1_000_000 }, objects, { hangs: true });
    for (let i = 0; i < 20; i++) await put({ key: `large-${i}`, body: Buffer.alloc(500_000) });
    await put();
    const keys = Array.from({ length: 20 }, (_, i) => `large-${i}`);
    vi.useFakeTimers();
    const looked = one.lookup([...keys, 'k'], LIMIT_MS);
    await vi.advanceTimersByTimeAsync(LIMIT_MS - 1);
    vi.useRealTimers();
    const { entries, failures } = await looked;
    expect([...entries.keys()]).toEqual(['k']);
    expect(failures).toHaveLength(20);
  });

  it('a row without times is none', async () => {
    const { put, table, textOf } = stores();
    await put();
    for (const name of ['askedAt', 'staleUntil'] as const) {
      const row = table.rows.get('k');
      table.rows.set('k', { ...row, [name]: 'garbage' } as never);
      expect(await textOf()).toBeUndefined();
      table.rows.set('k', { ...row, [name]: undefined } as never);
      expect(await textOf()).toBeUndefined();
      table.rows.set('k', row as never);
    }
    expect(await textOf()).toBe('body');
  });

  it('memory holds so many bytes and forgets what was used least', async () => {
    const { one, put } = stores({ memoryBytes: 10_000, memoryTtlMs: 10_000 });
    for (let i = 0; i < 20; i++) await put({ key: `${i}`, body: Buffer.alloc(1000) });
    const remembered = Array.from({ length: 20 }, (_, i) => `${i}`).filter((key) => one.recall(key));
    expect(remembered.length).toBeLessThan(10);
    expect(remembered.at(-1)).toBe('19');
    expect(one.recall('0')).toBeUndefined();
  });

  it('many keys are asked for together', async () => {
    const { one, put, table } = stores();
    const keys = Array.from({ length: 250 }, (_, i) => `${i}`);
    for (const key of keys) await put({ key });
    table.calls.length = 0;
    expect((await one.lookup(keys, LIMIT_MS)).entries.size).toBe(250);
    expect(table.calls).toHaveLength(3);
  });
});

describe('[8.7] leases', () => {
  it('as many as there are slots, and another one once somebody gives back or is late', async () => {
    const { one, other, time } = stores();
    const first = await one.lease('k', [0, 1], HOLDER, 1000);
    expect(await other.lease('k', [0, 1], HOLDER, 1000)).toBeDefined();
    expect(await one.lease('k', [0, 1], HOLDER, 1000)).toBeUndefined();
    expect(await one.lease('another', [0, 1], HOLDER, 1000)).toBeDefined();
    if (first) await one.release(first);
    expect(await other.lease('k', [0, 1], HOLDER, 1000)).toBeDefined();
    expect(await other.lease('k', [0, 1], HOLDER, 1000)).toBeUndefined();
    time.now += 1001;
    expect(await one.lease('k', [0, 1], HOLDER, 1000)).toBeDefined();
  });
});
