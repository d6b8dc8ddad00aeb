import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, inject } from 'vitest';
import type { HttpErrorBody, InferResponse } from '../../lambdas/shared/contract';
import { keysOf } from './api-keys';
import { type Answered, BreakerService } from './breaker-service';
import { golden, post, slowRequest } from './client';
import { deployApp, type Outputs } from './emulator';
import { needing } from './needing';

const target = inject('target');
/** The stated minute belongs to `npm run test:soak`. */
const SECONDS = process.env.SOAK ? 60 : 10;
/** What the API of the stack lets through, and how much more is asked of it. */
const RATE = 10;
const BURST = 5;
const TIMES = 5;

let outputs: Outputs = {};
let service: BreakerService;
beforeAll(async () => {
  outputs = await deployApp({ target, folder: inject('folder') }, 'circuit-break');
  service = new BreakerService(target, outputs.BreakThrottle ?? {}, 'slow');
});

/** When it was sent and when its answer was there, of one clock. */
interface Sent {
  readonly at: number;
  readonly until: number;
  readonly answer: Answered;
}

async function ask(): Promise<Sent> {
  const at = performance.now();
  const answer = await service.ask(slowRequest(100));
  return { at, until: performance.now(), answer };
}

/** Requests at an even rate, whatever becomes of them. Those that this process comes to much too late are left out. */
async function send(perSecond: number, seconds: number): Promise<Sent[]> {
  const started = performance.now();
  const sent: Promise<Sent>[] = [];
  for (let i = 0; i < perSecond * seconds; i++) {
    const wait = started + (i * 1000) / perSecond - performance.now();
    await sleep(Math.max(0, wait));
    if (wait > -200) sent.push(ask());
  }
  return Promise.all(sent);
}

/** One after the other, at most so many a second: a machine that stands still for a while makes no spike of them. */
async function inTurn(perSecond: number, count: number): Promise<Sent[]> {
  const sent: Sent[] = [];
  for (let i = 0; i < count; i++) {
    const next = performance.now() + 1000 / perSecond;
    sent.push(await ask());
    await sleep(Math.max(0, next - performance.now()));
  }
  return sent;
}

/** Refused requests before which there was a second or more of refusals, and nobody served in it. */
function droughts(served: readonly Sent[], refused: readonly Sent[]): Sent[] {
  return refused.filter((late) => {
    const early = refused.filter(({ until }) => until <= late.at - 1000).at(-1);
    return early && !served.some(({ at, until }) => until > early.at && at < late.until);
  });
}

const percentile = (all: readonly Sent[], share: number) => {
  const times = all.map(({ answer }) => answer.ms).sort((a, b) => a - b);
  return times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
};

needing('throttle', 'gatewayResponses').test(
  `[10.1][10.2][10.3][10.4] ${TIMES} times the limit for ${SECONDS} s: the rest is refused, what is served is served as ever`,
  async () => {
    // Environments are there before the time counts.
    await Promise.all(Array.from({ length: BURST }, () => service.ask(slowRequest(100))));
    await sleep(1000);
    const calm = await inTurn(6, 24);
    expect(calm.map(({ answer }) => answer.status)).toEqual(Array(24).fill(200));
    await sleep(1000);
    const before = (await service.invocations()).length;
    const started = performance.now();
    const spike = await send(RATE * TIMES, SECONDS);
    const elapsed = (performance.now() - started) / 1000;

    const served = spike.filter(({ answer }) => answer.status === 200);
    const refused = spike.filter(({ answer }) => answer.status !== 200);
    // By the order of events, not by the clock: whoever is refused for a second has seen somebody served in it.
    expect(droughts(served, refused)).toEqual([]);
    const invocations = async () => (await service.invocations()).length - before;
    await expect.poll(invocations).toBe(served.length);
    expect(await invocations()).toBeLessThanOrEqual(RATE * elapsed + BURST);
    expect(refused.length).toBeGreaterThan(0);
    for (const { answer } of refused) {
      expect(answer.status).toBe(503);
      expect(answer.headers.get('x-fallback')).toBe('throttled');
      expect(answer.headers.get('retry-after')).toBe('2');
      expect(answer.body).toEqual({ outputs: null });
    }
    // Two cores do everything here, the clients too. Of the few in a short run one that is late is a hundredth.
    const share = process.env.SOAK ? 0.99 : 0.9;
    expect(percentile(refused, 0.5)).toBeLessThan(percentile(served, 0.5));
    expect(percentile(served, share)).toBeLessThan(5 * percentile(calm, share) + 2000);

    await sleep(1000);
    const after = await inTurn(5, 15);
    expect(after.map(({ answer }) => answer.status)).toEqual(Array(15).fill(200));
    const row = (all: readonly Sent[]) => ({
      count: all.length,
      p50: Math.round(percentile(all, 0.5)),
      p99: Math.round(percentile(all, 0.99)),
    });
    if (process.env.SHOW)
      console.table({ calm: row(calm), served: row(served), refused: row(refused), after: row(after) });
  },
  300_000,
);

needing('throttle', 'gatewayResponses').test(
  '[10.2] a client beyond the limit of its usage plan gets the constant; another one is answered, and the predictor is untouched',
  async () => {
    const plan = new BreakerService(target, outputs.BreakPlan ?? {}, 'iris');
    const [ada = '', bob = ''] = await keysOf(target, outputs.BreakPlan?.UsagePlan ?? '');
    const question = { inputs: golden('models/iris').cases[0]?.inputs };
    const ask = (key: string) =>
      post<InferResponse & HttpErrorBody>(`${plan.url}/v2/models/iris/infer`, question, { 'x-api-key': key });
    expect((await ask(ada)).status).toBe(200);
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask(ada)));
    const refused = answers.filter(({ headers }) => headers.get('x-fallback') === 'throttled');
    expect(refused.length).toBeGreaterThan(0);
    for (const { body, status } of refused) expect([status, body]).toEqual([200, { outputs: null }]);
    const served = answers.length - refused.length;
    expect((await ask(bob)).headers.get('x-fallback')).toBeNull();
    await expect.poll(async () => (await plan.invocations()).length).toBe(1 + served + 1);
  },
);
