import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Breaker, type Permit } from '../../../lambdas/shared/breaker/breaker';
import { type BreakerRow, type BreakerState, NEW_ROW } from '../../../lambdas/shared/breaker/breaker-row';
import { type BreakerStore, OwnBreakerStore } from '../../../lambdas/shared/breaker/breaker-store';
import { RowStore } from '../../../lambdas/shared/breaker/row-store';
import type { ForcedState } from '../../../lambdas/shared/contract';
import { environmentsOf, type Model, SETTINGS, STEPS } from './breaker-model';

const START = 1_800_000_000_000;
const bad = { failed: true, slow: false };
const good = { failed: false, slow: false };

/** As the operator's command changes the row: past every view of it. */
class OperatedStore extends OwnBreakerStore {
  async force(forced: ForcedState | undefined): Promise<void> {
    const row = await this.count(NEW_ROW, new Map(), []);
    const { window, ...state } = row;
    const next: BreakerState = { ...state, version: row.version + 1, forced };
    await this.replace(row, next);
    await this.count(next, window, []);
  }
}

function setUp(count = 3, viewMs = 0) {
  const clock = { now: START };
  const store = new OperatedStore();
  return { clock, store, ...environmentsOf(store, clock, count, viewMs) };
}

async function call(breaker: Breaker, end: typeof bad | 'unknown'): Promise<Permit> {
  const permit = await breaker.permit();
  await breaker.ended(permit, end);
  return permit;
}

async function open(breaker: Breaker): Promise<void> {
  for (let i = 0; i < SETTINGS.minimumCalls; i++) await call(breaker, bad);
}

const kinds = (permits: readonly Permit[]) => permits.map(({ kind }) => kind);

describe('a breaker that environments share', () => {
  test('[10.5] whatever happens in which order, it lets through what the model says', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.commands(STEPS, { maxCommands: 60, size: 'max' }), async (steps) => {
        const { clock, environments, events, store } = setUp();
        const model: Model = { now: START, state: 'CLOSED', since: 0, until: 0, passed: 0, calls: [] };
        const real = { clock, environments, events, inFlight: [], force: (state?: ForcedState) => store.force(state) };
        await fc.asyncModelRun(() => ({ model, real }), steps);
        for (const event of events) seen.add(event);
      }),
      { numRuns: process.env.SOAK ? 5000 : 500 },
    );
    expect(seen).toEqual(new Set(['opened', 'probing', 'closed']));
  });

  test('[10.5] below the minimum of calls it never opens, and from the rate on it does', async () => {
    const { environments, events } = setUp(1);
    const [breaker] = environments as [Breaker];
    for (let i = 1; i < SETTINGS.minimumCalls; i++) await call(breaker, bad);
    expect((await call(breaker, 'unknown')).kind).toBe('call');
    expect(events).toEqual([]);
    await call(breaker, bad);
    expect(events).toEqual(['opened']);
    expect((await breaker.permit()).kind).toBe('refused');
  });

  test('[10.5] slow calls open it too, although they were answered', async () => {
    const { environments } = setUp(1);
    const [breaker] = environments as [Breaker];
    for (let i = 0; i < SETTINGS.minimumCalls; i++) await call(breaker, { failed: false, slow: true });
    expect((await breaker.permit()).kind).toBe('refused');
  });

  test('[10.5] failures of several environments count together', async () => {
    const { environments, clock } = setUp(4, 1000);
    for (const breaker of environments) await call(breaker, bad);
    clock.now += 1000;
    expect(kinds(await Promise.all(environments.map((breaker) => breaker.permit())))).toEqual(Array(4).fill('refused'));
  });

  test('[10.5] of fifty environments that may try at once, one probes; the next one after it', async () => {
    const { clock, environments, events } = setUp(50, 1000);
    await open(environments[0] as Breaker);
    clock.now += SETTINGS.openMs;
    const permits = await Promise.all(environments.map((breaker) => breaker.permit()));
    expect(kinds(permits).filter((kind) => kind === 'probe')).toHaveLength(1);
    expect(kinds(permits).filter((kind) => kind === 'refused')).toHaveLength(49);
    const prober = permits.findIndex(({ kind }) => kind === 'probe');
    await (environments[prober] as Breaker).ended(permits[prober] as Permit, good);
    clock.now += 1000;
    const again = await Promise.all(environments.map((breaker) => breaker.permit()));
    expect(kinds(again).filter((kind) => kind === 'probe')).toHaveLength(1);
    const second = again.findIndex(({ kind }) => kind === 'probe');
    await (environments[second] as Breaker).ended(again[second] as Permit, good);
    clock.now += 1000;
    expect(kinds(await Promise.all(environments.map((breaker) => breaker.permit())))).toEqual(Array(50).fill('call'));
    expect(events).toEqual(['opened', 'probing', 'probing', 'closed']);
  });

  test('[10.5] a probe that fails keeps it open as long again; one that dies is followed by another', async () => {
    const { clock, environments } = setUp(2, 0);
    const [one, other] = environments as [Breaker, Breaker];
    await open(one);
    clock.now += SETTINGS.openMs;
    await call(one, bad);
    clock.now += SETTINGS.openMs - 1;
    expect((await other.permit()).kind).toBe('refused');
    clock.now += 1;
    const lost = await one.permit();
    expect(lost.kind).toBe('probe');
    expect((await other.permit()).kind).toBe('refused');
    clock.now += SETTINGS.callMs + 1000;
    expect((await other.permit()).kind).toBe('probe');
    // Who comes back to life changes nothing.
    await one.ended(lost, bad);
    expect((await one.permit()).kind).toBe('refused');
  });

  test('[10.5] what was asked before it opened or closed does not count', async () => {
    const { clock, environments } = setUp(1);
    const [breaker] = environments as [Breaker];
    const late = await Promise.all(Array.from({ length: 10 }, () => breaker.permit()));
    await open(breaker);
    clock.now += SETTINGS.openMs;
    for (let i = 0; i < SETTINGS.probes; i++) await call(breaker, good);
    for (const permit of late) await breaker.ended(permit, bad);
    expect((await breaker.permit()).kind).toBe('call');
  });

  test('[10.5] an operator opens and closes it over its head, and gives it back', async () => {
    const { environments, store } = setUp(1);
    const [breaker] = environments as [Breaker];
    await store.force('OPEN');
    expect((await breaker.permit()).kind).toBe('refused');
    await store.force('CLOSED');
    for (let i = 0; i < 20; i++) expect((await call(breaker, bad)).kind).toBe('call');
    await store.force(undefined);
    await call(breaker, bad);
    expect((await breaker.permit()).kind).toBe('refused');
  });
});

describe('a view of the row', () => {
  test('calls within a second ask the store once, failures at once', async () => {
    const { clock, store } = setUp();
    let counted = 0;
    const watched: BreakerStore = {
      count: (...args) => {
        counted += 1;
        return store.count(...args);
      },
      replace: (...args) => store.replace(...args),
    };
    const breaker = new Breaker({ store: watched, settings: SETTINGS, now: () => clock.now, tell: () => undefined });
    for (let i = 0; i < 100; i++) await call(breaker, good);
    expect(counted).toBe(1);
    await call(breaker, bad);
    expect(counted).toBe(2);
    clock.now += 1000;
    await breaker.permit();
    expect(counted).toBe(3);
    const { window } = await store.count(NEW_ROW, new Map(), []);
    expect([...window.values()].reduce((sum, { calls }) => sum + calls, 0)).toBe(101);
  });

  test('a state that another one changed is seen after a second', async () => {
    const { clock, environments, store } = setUp(1, 1000);
    const [breaker] = environments as [Breaker];
    await call(breaker, good);
    await store.force('OPEN');
    expect((await breaker.permit()).kind).toBe('call');
    clock.now += 1000;
    expect((await breaker.permit()).kind).toBe('refused');
  });
});

describe('a store that does not answer', () => {
  const broken: BreakerStore = {
    count: () => Promise.reject(new Error('down')),
    replace: () => Promise.reject(new Error('down')),
  };

  test('[10.4] an environment decides alone: it lets through, opens by its own calls, probes and closes', async () => {
    const clock = { now: START };
    const { environments } = environmentsOf(broken, clock, 1, 0);
    const [breaker] = environments as [Breaker];
    await open(breaker);
    expect((await breaker.permit()).kind).toBe('refused');
    clock.now += SETTINGS.openMs;
    for (let i = 0; i < SETTINGS.probes; i++) expect((await call(breaker, good)).kind).toBe('probe');
    expect((await breaker.permit()).kind).toBe('call');
  });

  test('[10.5] what an operator said before holds', async () => {
    const clock = { now: START };
    const store = new OperatedStore();
    await store.force('OPEN');
    let down = false;
    const flaky: BreakerStore = {
      count: (...args) => (down ? broken.count(...args) : store.count(...args)),
      replace: (...args) => (down ? broken.replace(...args) : store.replace(...args)),
    };
    const { environments } = environmentsOf(flaky, clock, 1, 0);
    const [breaker] = environments as [Breaker];
    expect((await breaker.permit()).kind).toBe('refused');
    down = true;
    expect((await breaker.permit()).kind).toBe('refused');
    down = false;
    await store.force(undefined);
    expect((await breaker.permit()).kind).toBe('call');
  });

  test('a row of another version is not changed', async () => {
    const store = new OwnBreakerStore();
    const seen: BreakerRow = { ...NEW_ROW, version: 7 };
    expect((await store.replace(seen, { ...seen, version: 8 })).replaced).toBe(false);
  });
});

describe('[10.4] what makes no sense holds nobody up', () => {
  const HOUR = 3_600_000;

  test('a breaker that was opened by a clock of an hour later probes, one at a time, and closes', async () => {
    const { clock, environments } = setUp(2);
    const [one, other] = environments as [Breaker, Breaker];
    clock.now = START + HOUR;
    await open(one);
    clock.now = START;
    const permits = [await other.permit(), await one.permit()];
    expect(kinds(permits)).toEqual(['probe', 'refused']);
    await other.ended(permits[0] as Permit, good);
    for (let i = 1; i < SETTINGS.probes; i++) expect((await call(other, good)).kind).toBe('probe');
    expect((await one.permit()).kind).toBe('call');
    // What is counted from then on counts.
    await open(other);
    expect((await one.permit()).kind).toBe('refused');
  });

  test('nor is one that closed in an hour blind until then', async () => {
    const { clock, environments } = setUp(1);
    const [breaker] = environments as [Breaker];
    clock.now = START + HOUR;
    await open(breaker);
    clock.now += SETTINGS.openMs;
    for (let i = 0; i < SETTINGS.probes; i++) await call(breaker, good);
    clock.now = START;
    await open(breaker);
    expect((await breaker.permit()).kind).toBe('refused');
  });

  test.each([
    ['a state', { state: { S: 'BROKEN' } }],
    ['a time', { state: { S: 'OPEN' }, until: { S: 'soon' } }],
    ['a version', { version: { S: 'first' } }],
    ['what an operator decided', { forced: { S: 'MAYBE' } }],
  ])('%s that nobody wrote: each environment decides alone, and it is a failure of the table', async (_, garbage) => {
    const told: unknown[] = [];
    const send = async () => ({ Attributes: garbage, Item: garbage });
    const table = { client: { send } as never, name: 'table', failed: (cause: unknown) => told.push(cause) };
    const breaker = new Breaker({ store: new RowStore(table), settings: SETTINGS, viewMs: 0, tell: () => undefined });
    expect((await breaker.permit()).kind).toBe('call');
    expect(`${told[0]}`).toContain('cannot be read');
    await open(breaker);
    expect((await breaker.permit()).kind).toBe('refused');
  });
});
