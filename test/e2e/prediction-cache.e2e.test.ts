import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { beforeAll, expect, inject, test } from 'vitest';
import { formatTable } from '../../bin/local/table';
import { clientConfig } from '../../bin/local/target';
import { invalidate } from '../../lambdas/shared/cache/invalidate';
import { CacheService } from './caches/cache-service';
import { golden, infer, iterationsPerSecond, slowRequest } from './client';
import { deployApp, type Outputs } from './emulator';
import { needing } from './needing';

const s3 = new S3Client({ ...clientConfig(inject('target')), forcePathStyle: true });
const run = { target: inject('target'), folder: inject('folder') };
const iris = golden('models/iris');
const flower = { inputs: iris.cases[0]?.inputs ?? [] };
const isSoak = Boolean(process.env.SOAK);
/** How many ask at once for what nobody has asked for; 200 do in test/lambdas/cache, where each is no process. */
const K = isSoak ? Number(process.env.SOAK_CALLS ?? 50) : 8;

let outputs: Outputs = {};
let perSecond = 0;
const service = (stack: string, model: string) => new CacheService(run.target, outputs[stack] ?? {}, model);
/** A question of its own that takes so long. */
const question = (seconds: number, x: number) => {
  const { inputs } = slowRequest(perSecond * seconds);
  return { inputs: [{ ...inputs[0], data: [x, 2, 3, 4] }, inputs[1]] };
};

/** Where the pointer is, before the service that follows it. */
const MODEL_BUCKET = `cache-models-${randomUUID()}`;
const put = (Key: string, Body: Uint8Array | string) =>
  s3.send(new PutObjectCommand({ Bucket: MODEL_BUCKET, Key, Body }));
const point = (version: string) =>
  put(
    'iris/current.json',
    JSON.stringify({ key: `iris/${version}.onnx`, sha256: sha256(MODELS[version] as Buffer), version }),
  );
const MODELS: Readonly<Record<string, Buffer>> = {
  '1.0.0': readFileSync('models/iris/model.onnx'),
  '2.0.0': readFileSync('test/fixtures/models/iris-v2/model.onnx'),
};
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

beforeAll(async () => {
  await s3.send(new CreateBucketCommand({ Bucket: MODEL_BUCKET }));
  for (const [version, bytes] of Object.entries(MODELS)) await put(`iris/${version}.onnx`, bytes);
  await point('1.0.0');
  outputs = await deployApp(run, 'caches', { MODEL_BUCKET });
  perSecond = await iterationsPerSecond(service('CacheConcurrent', 'slow').url);
});

test('[8.1] [8.2] a predictor of 3 s: a hit takes a fraction of it; how often the predictor runs depends on the strategy', async () => {
  const table: string[][] = [];
  const inferences: Record<string, number> = {};
  // Of concurrent hits each has an inference beside it, on the same two cores here: in a soak one waits for the last to end.
  for (const [stack, name, count, pause] of [
    ['CacheConcurrent', 'concurrent', isSoak ? 40 : 6, isSoak ? 4000 : 0],
    ['CacheLookupFirst', 'lookup-first', 40, 0],
  ] as const) {
    const cache = service(stack, 'slow');
    await infer(cache.url, 'slow', slowRequest(1));
    const { asked, miss } = await slowMiss(cache, 3000);
    // Of the question that is measured the miss was one.
    const before = (await cache.inferences()) - 1;
    // What is first here is nothing of a hit: a function that finds, as one of many.
    for (let i = 0; i < 3; i++) await cache.ask(asked);
    const hits: number[] = [];
    for (let i = 0; i < count; i++) {
      await sleep(pause);
      const hit = await cache.ask(asked);
      expect([hit.status, hit.headers.get('x-cache')]).toEqual([200, 'HIT']);
      expect(Number(hit.headers.get('age'))).toBeGreaterThanOrEqual(0);
      expect(hit.body).toEqual(miss.body);
      hits.push(hit.ms);
    }
    hits.sort((a, b) => a - b);
    const [p50, p95] = [0.5, 0.95].map((share) => hits[Math.ceil(hits.length * share) - 1] ?? 0) as [number, number];
    table.push([name, ms(miss.ms), ms(p50), ms(p95), `${count + 4}`]);
    expect(count < 40 ? p50 : p95).toBeLessThan(miss.ms / 3);
    // What was given up before the emulator took it does not begin there; on AWS it does. All that began has ended by then.
    await sleep(name === 'concurrent' ? 15_000 : 0);
    inferences[name] = await cache.inferences(before);
    table.at(-1)?.push(`${inferences[name]}`);
  }
  const titles = ['strategy', 'miss', 'hit p50', 'hit p95', 'requests', 'inferences'].map((title) => ({ title }));
  console.log(formatTable(titles, table));
  expect(inferences['lookup-first']).toBe(1);
  expect(inferences.concurrent).toBeGreaterThanOrEqual(1);
  expect(inferences.concurrent).toBeLessThanOrEqual(isSoak ? 44 : 10);
}, 600_000);

test('[8.7] many cold calls for one key: at most maxInflight inferences with singleFlight, at most one each without', async () => {
  const table: string[][] = [];
  for (const [stack, name, bound] of [
    ['CacheSingleFlight', 'singleFlight, maxInflight 2', 2],
    ['CacheLookupFirst', 'lookup-first', K],
    ['CacheConcurrent', 'concurrent', K],
  ] as const) {
    const cache = service(stack, 'slow');
    // So many functions that start at once take their time, which is not what is tested here.
    for (let at = 0; at < K; at += 25) {
      const some = Math.min(25, K - at);
      await Promise.all(Array.from({ length: some }, (_, i) => cache.ask(question(0.1, 1000 + at + i))));
    }
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
}, 600_000);

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
  expect(await mark()).toBe('MISS');
  const hit = await cache.ask(asked);
  expect(hit.headers.get('x-cache')).toBe('HIT');
  const key = await cache.keyOf(hit);
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

needing('stackUpdates').test(
  '[8.5] a new version of the model: no answer of the old one, from its first answer on',
  async () => {
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
    await deployApp(run, 'caches', { MODEL: 'iris-v2', MODEL_BUCKET });
    const newest = () => seen.length - 1 - seen.findLastIndex(({ version }) => version === '1.0.0');
    await expect.poll(newest).toBeGreaterThan(5);
    done = true;
    await asking;
    const after = await Promise.all([cache.ask(flower), cache.ask(flower)]);
    expect(after.map(({ headers }) => headers.get('x-model-version'))).toEqual(['2.0.0', '2.0.0']);
    const first = seen.findIndex(({ version }) => version === '2.0.0');
    expect(first).toBeGreaterThan(-1);
    // While the alias moves both versions of the function answer; once only the new one does, nothing old comes back.
    const switched = seen.findLastIndex(({ version }) => version === '1.0.0');
    expect(seen.slice(switched + 1).every(({ version }) => version === '2.0.0')).toBe(true);
  },
);

test('[8.5] a pointer that names another model: from then on no answer of the one before is found, and back again', async () => {
  const cache = service('CachePointer', 'iris');
  const seen = async () => {
    const { headers, status } = await cache.ask(flower);
    expect(status).toBe(200);
    return `${headers.get('x-cache')} ${headers.get('x-model-version')}`;
  };
  expect([await seen(), await seen()]).toEqual(['MISS 1.0.0', 'HIT 1.0.0']);
  await point('2.0.0');
  const after: string[] = [];
  for (const until = Date.now() + 20_000; Date.now() < until && after.at(-1) !== 'HIT 2.0.0'; await sleep(200)) {
    after.push(await seen());
  }
  expect(after.at(-1)).toBe('HIT 2.0.0');
  // The predictor looks at the pointer once a second, and is asked each time until then.
  expect(after).not.toContain('HIT 1.0.0');
  await point('1.0.0');
  expect(await seen()).toBe('HIT 1.0.0');
});

test('[8.6] an answer that is too large for a row is an object; once that is lost it is made anew', async () => {
  const cache = service('CachePointer', 'iris');
  // Until the predictor looks at the pointer it answers as the model before, and that is kept as that one's answer.
  await sleep(1100);
  const count = 20_000;
  const [input] = flower.inputs;
  const rows = Array.from({ length: count }, () => input?.data ?? []).flat(2);
  const large = { inputs: [{ name: input?.name, datatype: 'FP32', shape: [count, 4], data: rows }] };
  const miss = await cache.ask(large);
  expect([miss.status, miss.headers.get('x-cache')], JSON.stringify(miss.body).slice(0, 300)).toEqual([200, 'MISS']);
  const listed = await s3.send(new ListObjectsV2Command({ Bucket: MODEL_BUCKET, Prefix: 'cache/' }));
  expect(listed.Contents).toHaveLength(1);
  const hit = await cache.ask(large);
  expect(hit.headers.get('x-cache')).toBe('HIT');
  expect(hit.body.outputs).toEqual(miss.body.outputs);
  await s3.send(new DeleteObjectCommand({ Bucket: MODEL_BUCKET, Key: listed.Contents?.[0]?.Key }));
  expect((await cache.ask(large)).headers.get('x-cache')).toBe('MISS');
  expect((await cache.lines('cache_failed')).at(-1)).toMatchObject({ what: 'body', CacheFailures: 1 });
  expect((await cache.ask(large)).headers.get('x-cache')).toBe('HIT');
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
