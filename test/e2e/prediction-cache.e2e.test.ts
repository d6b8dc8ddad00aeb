import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, inject, test } from 'vitest';
import { formatTable } from '../../bin/local/table';
import { invalidate } from '../../lambdas/shared/cache/invalidate';
import { CacheService } from './caches/cache-service';
import { golden, infer, iterationsPerSecond, slowRequest } from './client';
import { deployApp, type Outputs } from './emulator';
import { needing } from './needing';

const run = { target: inject('target'), folder: inject('folder') };
const iris = golden('models/iris');
const flower = { inputs: iris.cases[0]?.inputs ?? [] };
/** How often the same is asked again. */
const HITS = process.env.SOAK ? 40 : 6;
/** How many ask at once for what nobody has asked for; 200 do in test/lambdas/cache, where each is no process. */
const K = process.env.SOAK ? 50 : 8;

let outputs: Outputs = {};
let perSecond = 0;
const service = (stack: string, model: string) => new CacheService(run.target, outputs[stack] ?? {}, model);
/** A question of its own that takes so long. */
const question = (seconds: number, x: number) => {
  const { inputs } = slowRequest(perSecond * seconds);
  return { inputs: [{ ...inputs[0], data: [x, 2, 3, 4] }, inputs[1]] };
};

beforeAll(async () => {
  outputs = await deployApp(run, 'caches');
  perSecond = await iterationsPerSecond(service('CacheConcurrent', 'slow').url);
});

test('[8.1] [8.2] a predictor of 3 s: a hit takes a fraction of it; how often the predictor runs depends on the strategy', async () => {
  const table: string[][] = [];
  const inferences: Record<string, number> = {};
  for (const [stack, name] of [
    ['CacheConcurrent', 'concurrent'],
    ['CacheLookupFirst', 'lookup-first'],
  ] as const) {
    const cache = service(stack, 'slow');
    await infer(cache.url, 'slow', slowRequest(1));
    const { asked, miss } = await slowMiss(cache, 3000);
    // Of the question that is measured the miss was one.
    const before = (await cache.inferences()) - 1;
    const hits: number[] = [];
    for (let i = 0; i < HITS; i++) {
      const hit = await cache.ask(asked);
      expect([hit.status, hit.headers.get('x-cache')]).toEqual([200, 'HIT']);
      expect(Number(hit.headers.get('age'))).toBeGreaterThanOrEqual(0);
      expect(hit.body).toEqual(miss.body);
      hits.push(hit.ms);
    }
    hits.sort((a, b) => a - b);
    const median = hits[HITS / 2] ?? 0;
    // Inferences that nobody waits for run on beside it, all on this machine.
    expect(median).toBeLessThan(miss.ms / 3);
    // What was given up before the emulator took it does not begin there; on AWS it does. All that began has ended by then.
    await sleep(name === 'concurrent' ? 15_000 : 0);
    inferences[name] = await cache.inferences(before);
    table.push([name, ms(miss.ms), ms(median), ms(hits.at(-1) ?? 0), `${HITS + 1}`, `${inferences[name]}`]);
  }
  expect(inferences['lookup-first']).toBe(1);
  expect(inferences.concurrent).toBeGreaterThanOrEqual(1);
  expect(inferences.concurrent).toBeLessThanOrEqual(HITS + 1);
  const titles = ['strategy', 'miss', 'hit p50', 'slowest hit', 'requests', 'inferences'].map((title) => ({ title }));
  console.log(formatTable(titles, table));
});

test('[8.7] many cold calls for one key: at most maxInflight inferences with singleFlight, at most one each without', async () => {
  const table: string[][] = [];
  for (const [stack, name, bound] of [
    ['CacheSingleFlight', 'singleFlight, maxInflight 2', 2],
    ['CacheLookupFirst', 'lookup-first', K],
    ['CacheConcurrent', 'concurrent', K],
  ] as const) {
    const cache = service(stack, 'slow');
    // So many functions that start at once take their time, which is not what is tested here.
    await Promise.all(Array.from({ length: K }, (_, i) => cache.ask(question(0.1, 1000 + i))));
    const before = await cache.inferences();
    const asked = question(0.3, 12);
    const answers = await Promise.all(Array.from({ length: K }, () => cache.ask(asked)));
    expect(answers.map(({ status }) => status)).toEqual(Array(K).fill(200));
    for (const { body } of answers) expect(body.outputs).toEqual(answers[0]?.body.outputs);
    const marks = answers.map(({ headers }) => headers.get('x-cache'));
    const count = await cache.inferences(before);
    expect(count).toBeLessThanOrEqual(bound);
    expect(count).toBeGreaterThanOrEqual(1);
    const hits = marks.filter((mark) => mark === 'HIT').length;
    table.push([name, `${K}`, `${count}`, `${bound}`, `${hits}`]);
  }
  const titles = ['cold calls for one key', 'calls', 'inferences', 'bound', 'hits'].map((title) => ({ title }));
  console.log(formatTable(titles, table));
});

needing('iam').test(
  '[8.3] a hit while the predictor cannot be asked is 200, a miss 503 that leaves nothing',
  async () => {
    const cache = service('CacheConcurrent', 'slow');
    const known = question(0.01, 13);
    await cache.ask(known);
    const rows = (await cache.rows()).length;
    await cache.without('Cache', 'lambda:InvokeFunction', async () => {
      const hit = await cache.ask(known);
      expect([hit.status, hit.headers.get('x-cache')]).toEqual([200, 'HIT']);
      const miss = await cache.ask(question(0.01, 14));
      expect([miss.status, miss.body.code]).toEqual([503, 'UNAVAILABLE']);
      expect((await cache.rows()).length).toBe(rows);
    });
  },
);

test('[8.6] invalidation by key, by model and of all', async () => {
  const cache = service('CacheConcurrent', 'slow');
  const asked = question(0.01, 15);
  const mark = async () => (await cache.ask(asked)).headers.get('x-cache');
  expect([await mark(), await mark()]).toEqual(['MISS', 'HIT']);
  const key = (await cache.lines('cache', 2)).at(-1)?.key as string;
  for (const what of [{ key }, { model: 'slow' }, 'all'] as const) {
    await invalidate(cache.table, what);
    expect([what, await mark(), await mark()]).toEqual([what, 'MISS', 'HIT']);
  }
});

test('[8.7] [8.8] past its time the old answer comes at once, while an invocation of its own refreshes it', async () => {
  const cache = service('CacheStale', 'iris');
  expect((await cache.ask(flower)).headers.get('x-cache')).toBe('MISS');
  await sleep(2100);
  const stale = await cache.ask(flower);
  expect(stale.headers.get('x-cache')).toBe('STALE');
  expect(Number(stale.headers.get('age'))).toBeGreaterThanOrEqual(2);
  expect(await cache.lines('revalidated')).toHaveLength(1);
  const fresh = await cache.ask(flower);
  expect(fresh.headers.get('x-cache')).not.toBe('MISS');
  expect(Number(fresh.headers.get('age'))).toBeLessThan(Number(stale.headers.get('age')) + 2);
  const bypass = await cache.ask(flower, { 'cache-control': 'no-store' });
  expect(bypass.headers.get('x-cache')).toBe('BYPASS');
  expect(bypass.body.outputs).toEqual(stale.body.outputs);
});

test('[8.5] a new version of the model: no answer of the old one, from its first answer on', async () => {
  const cache = service('CacheDefault', 'iris');
  expect((await cache.ask(flower)).headers.get('x-cache')).toBe('MISS');
  expect((await cache.ask(flower)).headers.get('x-cache')).toBe('HIT');
  const seen: { version: string | null; cache: string | null }[] = [];
  let done = false;
  const asking = (async () => {
    while (!done) {
      const { headers, status } = await cache.ask(flower);
      expect(status).toBe(200);
      seen.push({ version: headers.get('x-model-version'), cache: headers.get('x-cache') });
      await sleep(50);
    }
  })();
  await deployApp(run, 'caches', { MODEL: 'iris-v2' });
  await sleep(1000);
  done = true;
  await asking;
  const after = await Promise.all([cache.ask(flower), cache.ask(flower)]);
  expect(after.map(({ headers }) => headers.get('x-model-version'))).toEqual(['2.0.0', '2.0.0']);
  const first = seen.findIndex(({ version }) => version === '2.0.0');
  expect(first).toBeGreaterThan(-1);
  // While the alias moves both versions of the function answer; once only the new one does, nothing old comes back.
  const switched = seen.findLastIndex(({ version }) => version === '1.0.0');
  expect(seen.slice(switched + 1).every(({ version }) => version === '2.0.0')).toBe(true);
  expect(seen.length - switched).toBeGreaterThan(5);
});

test('[8.4] the table deleted under load: every answer is right, BYPASS, and a metric', async () => {
  const cache = service('CacheDefault', 'iris');
  const right = await cache.ask(flower);
  const answers: Awaited<ReturnType<typeof cache.ask>>[] = [];
  let deleted = false;
  const load = async () => {
    for (let i = 0; i < 40 || !deleted; i++) answers.push(await cache.ask(flower));
  };
  const running = Promise.all([load(), load(), load()]);
  await sleep(300);
  await cache.deleteTable();
  deleted = true;
  await running;
  // What the environments remember they may answer with for ten seconds more.
  await sleep(10_500);
  for (let i = 0; i < 3; i++) answers.push(await cache.ask(flower));
  for (const { body, status } of answers) {
    expect(status).toBe(200);
    expect(body.outputs).toEqual(right.body.outputs);
  }
  expect(answers.slice(-3).map(({ headers }) => headers.get('x-cache'))).toEqual(Array(3).fill('BYPASS'));
  const [line] = await cache.lines('cache_failed');
  expect(line).toMatchObject({ CacheFailures: 1, model: 'iris', what: 'lookup' });
});

/** A question whose first answer takes at least so long. How fast the machine is now, its first answers say. */
async function slowMiss(cache: CacheService, least: number) {
  for (let seconds = 3.3, x = 100; ; seconds *= 1.3, x++) {
    const asked = question(seconds, x);
    const miss = await cache.ask(asked);
    expect([miss.status, miss.headers.get('x-cache')]).toEqual([200, 'MISS']);
    if (miss.ms >= least) return { asked, miss };
  }
}

function ms(value: number): string {
  return `${Math.round(value)} ms`;
}
