import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { type Answered, BreakerService } from './breaker-service';
import { golden, iterationsPerSecond, type LogLine, slowRequest } from './client';
import { deployApp, type Outputs } from './emulator';
import { needing } from './needing';

const target = inject('target');
/** Time after which every environment has seen the row again. */
const SEEN_MS = 1300;

let outputs: Outputs = {};
beforeAll(async () => {
  outputs = await deployApp({ target, folder: inject('folder') }, 'circuit-break');
});
const service = (stack: string, model: string) => new BreakerService(target, outputs[stack] ?? {}, model);
const fallbackOf = ({ headers }: Answered) => headers.get('x-fallback');
const together = <Value>(count: number, act: (at: number) => Promise<Value>) =>
  Promise.all(Array.from({ length: count }, (_, at) => act(at)));

/** When the predictor was at work, by its own lines. */
const span = (line: LogLine) => {
  const { Timestamp = 0 } = (line._aws ?? {}) as { Timestamp?: number };
  return { from: Timestamp - Number(line.latencyMs), to: Timestamp };
};

describe('a predictor that fails, and recovers', () => {
  let failing: BreakerService;
  beforeAll(() => {
    failing = service('BreakFailing', 'slow');
  });

  needing('iam').test(
    '[10.5][10.4] it opens, one environment at a time probes, and it closes without an operator',
    async () => {
      await failing.force('CLOSED');
      await failing.force(undefined);
      await expect.poll(async () => fallbackOf(await failing.ask(slowRequest(1)))).toBeNull();
      const closed = (await failing.events('breaker_closed')).length;
      const giveBack = await failing.deny('lambda:InvokeFunction');
      try {
        const reasons = new Set<string | null>();
        for (let i = 0; i < 30 && !reasons.has('open'); i++) {
          const answer = await failing.ask(slowRequest(1));
          expect(answer.status).toBe(200);
          expect(answer.body.outputs).toEqual([
            { name: 'y', datatype: 'FP32', shape: [1, 4], data: [0, 0, 0, 0] },
            { name: 'ran', datatype: 'INT64', shape: [1], data: [-1] },
          ]);
          reasons.add(fallbackOf(answer));
        }
        expect([...reasons]).toEqual(['failed', 'open']);
        expect(await failing.state()).toMatchObject({ state: 'OPEN' });
        // A probe that fails keeps it open.
        await sleep(4000);
        await together(8, () => failing.ask(slowRequest(1)));
        expect((await failing.events('breaker_probing')).length).toBeGreaterThan(0);
        expect(await failing.state()).toMatchObject({ state: 'OPEN' });
      } finally {
        await giveBack();
      }
      const recovered = Date.now();
      // Everybody asks all the time; the predictor hears of one at a time.
      for (const until = Date.now() + 30_000; Date.now() < until; ) {
        await together(8, () => failing.ask(slowRequest(20_000)));
        if ((await failing.state()).state === 'CLOSED') break;
      }
      const { since, state } = await failing.state();
      expect(state).toBe('CLOSED');
      // Of several environments, whose lines come in no order.
      const asked = (await failing.invocations()).map(span).sort((a, b) => a.from - b.from);
      const probes = asked.filter(({ from, to }) => to > recovered && from < since);
      expect(probes).toHaveLength(2);
      expect(probes[1]?.from).toBeGreaterThanOrEqual(probes[0]?.to ?? Number.POSITIVE_INFINITY);
      expect((await failing.events('breaker_closed')).length).toBe(closed + 1);
      await sleep(SEEN_MS);
      expect(fallbackOf(await failing.ask(slowRequest(1)))).toBeNull();
    },
  );

  test('[10.5] what the client got wrong opens nothing', async () => {
    for (let i = 0; i < 12; i++) expect((await failing.ask({ inputs: [] })).status).toBe(400);
    expect(await failing.state()).toMatchObject({ state: 'CLOSED' });
  });

  test('[10.5] an operator opens it, closes it, and gives it back', async () => {
    await failing.force('OPEN');
    const fallbacks = async () => (await together(6, () => failing.ask(slowRequest(1)))).map(fallbackOf);
    await expect.poll(fallbacks).toEqual(Array(6).fill('open'));
    const before = (await failing.invocations()).length;
    expect(await fallbacks()).toEqual(Array(6).fill('open'));
    expect((await failing.invocations()).length).toBe(before);
    await failing.force(undefined);
    await sleep(SEEN_MS);
    expect(fallbackOf(await failing.ask(slowRequest(1)))).toBeNull();
  });

  test('[10.5] calls that take too long open it, although they are answered', async () => {
    let iterations = 2 * (await iterationsPerSecond(failing.url));
    for (let i = 0; i < 25; i++) {
      const answer = await failing.ask(slowRequest(iterations));
      if (fallbackOf(answer) === 'open') break;
      // What a second holds changes with what else the machine does.
      if (answer.ms < 1700) iterations *= 1.4;
    }
    const opened = (await failing.events('breaker_opened')).at(-1);
    expect(Number(opened?.slow)).toBeGreaterThanOrEqual(4);
    expect(await failing.state()).toMatchObject({ state: 'OPEN' });
    await failing.force('CLOSED');
    await sleep(SEEN_MS);
    // Forced closed it asks, whatever was counted.
    expect(fallbackOf(await failing.ask(slowRequest(1)))).toBeNull();
  });
});

describe('more calls at once than may be', () => {
  test('[10.2][10.3] counted in the table: the others are refused at once, and every place is free again', async () => {
    const counted = service('BreakCounted', 'slow');
    const second = await iterationsPerSecond(counted.url);
    await together(8, () => counted.ask(slowRequest(1)));
    const before = (await counted.invocations()).length;
    const began = Date.now();
    const answers = await together(8, () => counted.ask(slowRequest(second * 1.5)));
    const served = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status === 503);
    // One that comes late, on a busy machine, may find a place that is free again.
    expect(served.length).toBeGreaterThanOrEqual(2);
    expect(refused.length).toBeGreaterThan(0);
    expect(served.length + refused.length).toBe(8);
    for (const { body, headers } of refused) {
      expect(body.code).toBe('UNAVAILABLE');
      expect(headers.get('retry-after')).toBe('1');
    }
    const fastest = (all: readonly Answered[]) => Math.min(...all.map(({ ms }) => ms));
    expect(fastest(refused)).toBeLessThan(fastest(served));
    expect((await counted.invocations()).length - before).toBe(served.length);
    const spans = (await counted.invocations()).map(span).filter(({ from }) => from >= began);
    const atOnce = spans.map(({ from }) => spans.filter((other) => other.from <= from && from < other.to).length);
    expect(Math.max(...atOnce)).toBeLessThanOrEqual(2);
    for (let i = 0; i < 6; i++) expect((await counted.ask(slowRequest(1))).status).toBe(200);
    expect(await counted.leases()).toEqual({});
  });

  test('[10.4] the places of environments that died are taken over when their leases are over', async () => {
    const counted = service('BreakCounted', 'slow');
    await counted.putLeases({ one: Date.now() - 1, other: Date.now() + 10_000 });
    expect((await counted.ask(slowRequest(1))).status).toBe(200);
    await counted.putLeases({ one: Date.now() + 10_000, other: Date.now() + 10_000 });
    expect((await counted.ask(slowRequest(1))).status).toBe(503);
    await counted.putLeases({});
  });

  test('[10.4] places that nobody gives back are free: of no time, of one in an hour, or of no map at all', async () => {
    const counted = service('BreakCounted', 'slow');
    const soon = Date.now() + 10_000;
    for (const leases of [{ one: 'garbage', other: soon }, { one: soon, other: Date.now() + 3_600_000 }, 'garbage']) {
      await counted.putLeases(leases);
      expect([leases, (await counted.ask(slowRequest(1))).status]).toEqual([leases, 200]);
    }
    expect(await counted.leases()).toEqual({});
    await counted.putLeases({});
  });

  needing('throttledFunctions').test(
    '[10.2] reserved by Lambda: a call that it throttles is a refusal and no failure',
    async () => {
      const reserved = service('BreakReserved', 'slow');
      const second = await iterationsPerSecond(reserved.url);
      const answers = await together(4, () => reserved.ask(slowRequest(second * 1.5)));
      expect(answers.map(({ status }) => status)).toEqual(Array(4).fill(200));
      expect(answers.map(fallbackOf).sort()).toEqual(['concurrency', 'concurrency', 'concurrency', null]);
      expect((await reserved.state()).state).toBe('CLOSED');
      expect(fallbackOf(await reserved.ask(slowRequest(1)))).toBeNull();
    },
  );
});

describe('what answers in the place of the predictor', () => {
  test('[10.2] a cheaper predictor', async () => {
    const cheaper = service('BreakCheaper', 'digits');
    const { cases } = golden('models/digits-fast');
    const question = { id: 'mine', inputs: cases[0]?.inputs };
    const better = await cheaper.ask(question);
    expect([better.headers.get('x-model-name'), fallbackOf(better)]).toEqual(['digits', null]);
    await cheaper.force('OPEN');
    await sleep(SEEN_MS);
    const answer = await cheaper.ask(question);
    expect(answer.status).toBe(200);
    expect([answer.headers.get('x-model-name'), fallbackOf(answer)]).toEqual(['digits-fast', 'open']);
    expect(answer.body).toMatchObject({ model_name: 'digits-fast', id: 'mine' });
    const labelOf = ({ body }: Answered) => body.outputs.find(({ name }) => name === 'label')?.data;
    expect(labelOf(answer)).toEqual(cases[0]?.outputs.find(({ name }) => name === 'label')?.data);
  });

  test('[10.2] the last result of the same question; another one is refused', async () => {
    const last = service('BreakLast', 'iris');
    const { cases } = golden('models/iris');
    const [known, unknown] = cases.map(({ inputs }) => ({ inputs }));
    const before = await last.ask(known);
    expect([before.status, fallbackOf(before)]).toEqual([200, null]);
    await last.force('OPEN');
    await sleep(SEEN_MS);
    const answer = await last.ask({ id: 'again', ...known });
    expect([answer.status, fallbackOf(answer), answer.body.id]).toEqual([200, 'open', 'again']);
    expect(answer.body.outputs).toEqual(before.body.outputs);
    const refused = await last.ask(unknown);
    expect([refused.status, refused.body.code]).toEqual([503, 'UNAVAILABLE']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test('[10.4] the table is gone: calls are let through, and it is a metric', async () => {
    // One that nobody ever forced: without the table that holds on.
    const reserved = service('BreakReserved', 'slow');
    expect((await reserved.ask(slowRequest(1))).status).toBe(200);
    await reserved.dropTable();
    await sleep(SEEN_MS);
    for (let i = 0; i < 8; i++) {
      const answer = await reserved.ask(slowRequest(1));
      expect([answer.status, fallbackOf(answer)]).toEqual([200, null]);
    }
    const lines = await reserved.events('breaker_table_failed');
    expect(lines.length).toBeGreaterThan(0);
    expect(lines[0]).toMatchObject({ BreakerTableFailures: 1, model: 'slow' });
  });
});
