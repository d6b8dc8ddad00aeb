import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { bucketStore, idOfKey, keyOf } from '../../../lambdas/shared/data/bucket-store';
import { checkId } from '../../../lambdas/shared/data/check-id';
import { httpStore } from '../../../lambdas/shared/data/http-store';
import { UnreadableRecord } from '../../../lambdas/shared/data/record';
import { INFER } from '../function';
import { dataFunction, MemoryDataStore, SETOSA, VIRGINICA } from './data-function';
import { MemoryTable } from './memory-table';

const REMEMBERING = { memoryBytes: 1_000_000, memoryTtlMs: 10_000 };
const REFRESH = { kind: 'refresh' } as const;

/** With two flowers in its store. */
function flowers(options: Parameters<typeof dataFunction>[0] = {}) {
  const made = dataFunction(options);
  made.store.records.set('a', SETOSA).set('b', VIRGINICA);
  return made;
}

const labels = (answer: { json: { outputs: { name: string; data: number[] }[] } }) =>
  answer.json.outputs.find(({ name }) => name === 'label')?.data;

it('[9.6] a legal id whose key S3 would refuse is an unknown one, and S3 is not asked', async () => {
  const store = bucketStore(
    { kind: 'bucket', bucket: 'b', prefix: 'users/', suffix: '.json' },
    { endpoint: 'http://127.0.0.1:1' },
  );
  const id = 'é'.repeat(256);
  expect(checkId(id, 'id')).toBe(id);
  expect((await store.read([id], AbortSignal.timeout(5000))).size).toBe(0);
});

describe.each(['concurrent', 'lookup-first'] as const)('%s', (strategy) => {
  const data = { strategy };

  it('[9.1] [9.3] a hit completes no read of the store, runs no preprocessing, and is answered as the cold one', async () => {
    const hook = 'export default (record) => { globalThis.prepared = (globalThis.prepared ?? 0) + 1; return record; };';
    const { asked, inner, post, store } = flowers({ data, hook });
    Reflect.set(globalThis, 'prepared', 0);
    const cold = await post('a', 'b');
    expect(cold).toMatchObject({ statusCode: 200, headers: { 'x-data-cache': '0/2' } });
    expect(labels(cold)).toEqual([0, 2]);
    store.delayMs = 200;
    const before = [store.completed, Reflect.get(globalThis, 'prepared')];
    const warm = await post('a', 'b');
    expect(warm.headers['x-data-cache']).toBe('2/2');
    expect(warm.json).toEqual(cold.json);
    expect([store.completed, Reflect.get(globalThis, 'prepared')]).toEqual(before);
    // There is an inference each time.
    expect(asked).toHaveLength(2);
    const features = [SETOSA, VIRGINICA].flatMap((each) => [
      each.sepal_length,
      each.sepal_width,
      each.petal_length,
      each.petal_width,
    ]);
    const direct = await inner.post(
      INFER,
      { inputs: [{ name: 'features', datatype: 'FP32', shape: [2, 4], data: features }] },
      { parameters: { model: 'iris' } },
    );
    expect(warm.json.outputs).toEqual(direct.json.outputs);
  });

  it('[9.6] cache down: the store; store down: a hit is 200, a miss 503', async () => {
    const { log, post, store, table } = flowers({ data });
    await post('a');
    table.state = 'down';
    expect(await post('a')).toMatchObject({ statusCode: 200, headers: { 'x-data-cache': '0/1' } });
    expect(log.find(({ event }) => event === 'cache_failed')).toMatchObject({ what: 'lookup', CacheFailures: 1 });
    table.state = 'up';
    for (const down of ['down', 'hanging'] as const) {
      store.state = down;
      expect(await post('a')).toMatchObject({ statusCode: 200, headers: { 'x-data-cache': '1/1' } });
      expect(await post('b')).toMatchObject({
        statusCode: 503,
        json: { code: 'UNAVAILABLE', stage: 'data' },
        headers: { 'retry-after': '1' },
      });
    }
  });

  it('[9.6] an unknown id is a 404 that names it, and is no data afterwards', async () => {
    const { asked, post, store, table } = flowers({ data });
    expect(await post('a', 'nobody')).toMatchObject({
      statusCode: 404,
      json: { code: 'NOT_FOUND', field: 'inputs[0].data[1]', error: expect.stringContaining('"nobody"') },
    });
    expect(asked).toEqual([]);
    // What was found of the others is not read again.
    expect(table.rows.size).toBe(1);
    store.records.set('nobody', VIRGINICA);
    expect(labels(await post('nobody'))).toEqual([2]);
  });

  it('[9.6] an unknown id is remembered only where that is asked for, and for that long', async () => {
    const { post, state, store } = flowers({ data: { ...data, unknownTtlMs: 5000 } });
    expect((await post('late')).statusCode).toBe(404);
    store.records.set('late', SETOSA);
    expect((await post('late')).statusCode).toBe(404);
    state.passedMs = 5001;
    expect((await post('late')).statusCode).toBe(200);
  });

  it('of a request only the ids that the cache lacks are waited for, and each once', async () => {
    const { post, store } = flowers({ data });
    await post('a');
    store.asked.length = 0;
    const answer = await post('b', 'a', 'b');
    expect(labels(answer)).toEqual([2, 0, 2]);
    expect(answer.headers['x-data-cache']).toBe('1/2');
    expect(store.asked).toEqual([strategy === 'concurrent' ? ['b', 'a'] : ['b']]);
  });
});

describe('[9.2] who waits for what', () => {
  it.each([
    ['concurrent', 1],
    ['lookup-first', 0],
  ] as const)(
    'cold, %s: while the cache has not answered, the store is asked this often: %s',
    async (strategy, begun) => {
      const { post, store, table } = flowers({ data: { strategy }, cache: { timeoutMs: 60_000 } });
      const release = table.hold();
      const answer = post('a');
      await expect.poll(() => [table.calls, store.begun]).toEqual([['read'], begun]);
      await sleep(20);
      expect(store.begun).toBe(begun);
      release();
      expect(await answer).toMatchObject({ statusCode: 200, headers: { 'x-data-cache': '0/1' } });
      expect(store.begun).toBe(1);
    },
  );

  it('warm, nobody waits for the store', async () => {
    const { post, store } = flowers({ data: { strategy: 'concurrent' } });
    await post('a');
    store.state = 'hanging';
    expect(await post('a')).toMatchObject({ statusCode: 200, headers: { 'x-data-cache': '1/1' } });
  });

  it('what this environment remembers needs neither', async () => {
    const { post, store, table } = flowers({ cache: REMEMBERING });
    await post('a');
    table.calls.length = 0;
    const reads = store.begun;
    expect((await post('a')).headers['x-data-cache']).toBe('1/1');
    expect([table.calls, store.begun]).toEqual([[], reads]);
  });
});

describe('[9.4] [9.5] prepared', () => {
  const data = { strategy: 'lookup-first' } as const;
  const change = (id: string) => ({ Records: [{ dynamodb: { Keys: { id: { S: id } } } }] });

  it('what enters the store is there before anybody asks: the first request hits', async () => {
    const { fill, log, post, store } = flowers({ data });
    await fill(change('a'));
    const reads = store.begun;
    const answer = await post('a');
    expect(answer.headers['x-data-cache']).toBe('1/1');
    expect(labels(answer)).toEqual([0]);
    expect(store.begun).toBe(reads);
    expect(log.find(({ event }) => event === 'filled')).toMatchObject({ filled: 1, failed: 0, DataFilled: 1 });
  });

  it('what changes there changes here, and what is deleted is gone', async () => {
    const { fill, post, state, store } = flowers({ data });
    await fill(change('a'));
    state.passedMs = 10;
    store.records.set('a', VIRGINICA);
    await fill(change('a'));
    expect(labels(await post('a'))).toEqual([2]);
    state.passedMs = 20;
    store.records.delete('a');
    await fill(change('a'));
    expect((await post('a')).statusCode).toBe(404);
  });

  it('an event that comes late, with what was true then, puts in what is true now', async () => {
    const { fill, post, store } = flowers({ data });
    store.records.set('a', VIRGINICA);
    const old = { NewImage: { id: { S: 'a' }, sepal_length: { N: '5.1' } }, Keys: { id: { S: 'a' } } };
    await fill({ Records: [{ dynamodb: old }] });
    const answer = await post('a');
    expect([answer.headers['x-data-cache'], labels(answer)]).toEqual(['1/1', [2]]);
  });

  it('a request that read the record before it changed does not bring it back', async () => {
    const { fill, post, state, store } = flowers();
    store.delayMs = 150;
    const reading = post('a');
    await new Promise((resolve) => setTimeout(resolve, 200));
    state.passedMs = 10;
    store.records.set('a', VIRGINICA);
    await fill(change('a'));
    expect(labels(await reading)).toEqual([0]);
    expect(labels(await post('a'))).toEqual([2]);
  });

  it('a refresh fills it with everything; a record that no input can be made of is left out and told of', async () => {
    const { fill, log, post, store } = flowers({ data });
    store.records.set('broken', { id: 'broken' }).set('text', new UnreadableRecord(new Error('no JSON')));
    await fill(REFRESH);
    const reads = store.begun;
    expect((await post('a', 'b')).headers['x-data-cache']).toBe('2/2');
    expect(store.begun).toBe(reads);
    expect(log.find(({ event }) => event === 'fill_failed')).toMatchObject({ DataFillFailures: 1 });
    expect(await post('broken')).toMatchObject({ statusCode: 502, json: { code: 'BAD_GATEWAY', stage: 'data' } });
    expect(JSON.stringify(log.at(-1))).toContain('there is no attribute sepal_length');
    expect(await post('text')).toMatchObject({ statusCode: 502, json: { error: expect.stringContaining('"text"') } });
  });

  it('a cache that does not take it is an event that comes again', async () => {
    const { fill, table } = flowers({ data });
    table.state = 'down';
    await expect(fill(change('a'))).rejects.toThrow('down');
  });

  it('a refresh that fails is told of and not begun again, and one at a time is at work', async () => {
    const { fill, log, store, table } = flowers({ data });
    store.pages = () => {
      throw new Error('no pages');
    };
    await fill(REFRESH);
    expect(log.at(-1)).toMatchObject({ event: 'refresh_failed', reason: 'no pages', DataFillFailures: 1 });
    expect(table.leases.size).toBe(0);
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    let begun = 0;
    store.pages = async function* () {
      begun += 1;
      await ended;
      yield store.records;
    };
    const first = fill(REFRESH);
    await fill(REFRESH);
    expect(begun).toBe(1);
    expect(log.at(-1)).toMatchObject({ event: 'refresh_skipped' });
    end();
    await first;
    expect([table.rows.size, table.leases.size]).toEqual([2, 0]);
  });
});

describe('[9.5] [9.7] what is kept, and for how long', () => {
  it('a changed record is found when the time of the entry is over', async () => {
    const { post, state, store } = flowers({ cache: { ...REMEMBERING, ttlMs: 20_000 } });
    await post('a');
    store.records.set('a', VIRGINICA);
    expect(labels(await post('a'))).toEqual([0]);
    state.passedMs = 20_001;
    expect(labels(await post('a'))).toEqual([2]);
  });

  it('a new version of the preprocessing misses what was preprocessed, and finds what is raw', async () => {
    const seen = async (form: 'raw' | 'preprocessed') => {
      const table = new MemoryTable();
      const store = new MemoryDataStore();
      await flowers({ table, store, data: { form } }).post('a');
      const next = flowers({ table, store, data: { form, version: 'v2' } });
      return (await next.post('a')).headers['x-data-cache'];
    };
    expect(await seen('preprocessed')).toBe('0/1');
    expect(await seen('raw')).toBe('1/1');
  });

  it('raw: the hook runs for each request', async () => {
    const hook = 'export default ({ sepal_length, ...rest }) => ({ ...rest, sepal_length: sepal_length / 10 });';
    const { post, store } = dataFunction({ hook, data: { form: 'raw' } });
    store.records.set('a', { ...SETOSA, sepal_length: 51 });
    const cold = await post('a');
    const warm = await post('a');
    expect(warm.headers['x-data-cache']).toBe('1/1');
    expect(warm.json).toEqual(cold.json);
    expect(labels(warm)).toEqual([0]);
  });

  it('raw: what the code does to its record is not what is cached, and sets and bytes are', async () => {
    const hook = `export default (record) => {
      record.sepal_length /= 10;
      if (!record.tags.has('x') || record.bytes[0] !== 7) throw new Error('other values');
      return record;
    };`;
    const { post, store } = dataFunction({ hook, data: { form: 'raw' } });
    const record = { ...SETOSA, sepal_length: 51, tags: new Set(['x']), bytes: Uint8Array.of(7) };
    store.records.set('a', record);
    const answers = [await post('a'), await post('a'), await post('a')];
    expect(answers.map(({ headers }) => headers['x-data-cache'])).toEqual(['0/1', '1/1', '1/1']);
    expect(answers.map(({ json }) => json.outputs)).toEqual(Array(3).fill(answers[0]?.json.outputs));
    expect(record.sepal_length).toBe(51);
  });

  it('too large is not kept', async () => {
    const { post, table } = flowers({ data: { form: 'raw' }, cache: { maxEntryBytes: 50 } });
    expect((await post('a')).statusCode).toBe(200);
    expect(table.rows.size).toBe(0);
  });

  it('a list in one attribute is a row of values', async () => {
    const { post, store } = dataFunction({ data: { columns: { features: ['measures'] } } });
    store.records.set('a', { measures: [5.1, 3.5, 1.4, 0.2] });
    expect(labels(await post('a'))).toEqual([0]);
  });

  it('ids may be numbers', async () => {
    const { post, store } = dataFunction({ numericId: true });
    store.records.set('9007199254740993', SETOSA).set('-7', VIRGINICA);
    expect(labels(await post('9007199254740993', -7))).toEqual([0, 2]);
  });
});

describe('[9.6] nothing runs after the answer, and nothing for longer than its deadline', () => {
  it('what was read is kept before an answer that is an error', async () => {
    const { inner: _, post, table, store } = flowers({ data: { strategy: 'lookup-first' }, predictorFails: true });
    store.delayMs = 0;
    table.delayMs = 60;
    expect((await post('a')).statusCode).toBe(502);
    expect(table.rows.size).toBe(1);
  });

  it('code that prepares data for too long is a 504', async () => {
    const hook = 'export default () => new Promise(() => undefined);';
    const { post } = flowers({ hook, deadlineMs: 300 });
    expect(await post('a')).toMatchObject({ statusCode: 504, json: { code: 'DEADLINE_EXCEEDED' } });
  });
});

describe('[9.6] an id is never a path of its own', () => {
  const settings = { kind: 'bucket', bucket: 'b', prefix: 'users/', suffix: '.json' } as const;

  it.each(['', '.', '..', 'a\u0000b', 'a\nb', 'x'.repeat(513)])('%j is refused', async (id) => {
    expect(() => checkId(id, 'inputs[0].data[0]')).toThrow(/^an id has 1 to 512 bytes/);
  });

  it.each(['../../secrets', 'a/b', 'a?b#c', '%2e%2e', 'ü ', '...'])('%j stays one segment', async (id) => {
    const key = keyOf(checkId(id, 'f'), settings);
    expect(key).toMatch(/^users\/[^/?#]+\.json$/);
    expect(idOfKey(key, settings)).toBe(id);
    expect(await requested(id)).toMatch(/^\/users\/[^/?#]+\/features$/);
  });

  it('objects elsewhere are nobody’s', () => {
    for (const key of ['users/.json', 'other/a.json', 'users/a/b.json', 'users/a.csv', 'users/%zz.json'])
      expect(idOfKey(key, settings)).toBeUndefined();
  });

  it('an id is refused before the store is asked', async () => {
    const { post, store } = flowers();
    expect(await post('..')).toMatchObject({
      statusCode: 400,
      json: { code: 'INVALID_VALUE', field: 'inputs[0].data[0]' },
    });
    expect(store.begun).toBe(0);
  });

  it('of another service 404 is unknown, and anything else a failure', async () => {
    expect(await statusOf(200)).toEqual(new Map([['a', { status: 200 }]]));
    expect(await statusOf(404)).toEqual(new Map());
    await expect(statusOf(500)).rejects.toThrow('the store answers 500');
  });

  it.each(['no json', '[]', `"${'x'.repeat(5_000_000)}"`])(
    'what is no record is that of its id alone',
    async (text) => {
      const read = await withServer(
        (url) => (url.includes('/bad/') ? 200 : 404),
        (store) => store.read(['bad', 'other'], AbortSignal.timeout(5000)),
        text,
      );
      expect([...read]).toEqual([['bad', expect.any(UnreadableRecord)]]);
    },
  );
});

/** What an HTTP store asks for. */
async function requested(id: string): Promise<string> {
  let path = '';
  await withServer(
    (url) => {
      path = url;
      return 404;
    },
    (store) => store.read([id], AbortSignal.timeout(5000)),
  );
  return path;
}

function statusOf(status: number) {
  return withServer(
    () => status,
    (store) => store.read(['a'], AbortSignal.timeout(5000)),
  );
}

async function withServer<Value>(
  answer: (url: string) => number,
  act: (store: ReturnType<typeof httpStore>) => Promise<Value>,
  text?: string,
): Promise<Value> {
  const server = createServer(({ url = '' }, response) => {
    const status = answer(url);
    response.writeHead(status, { 'content-type': 'application/json' }).end(text ?? JSON.stringify({ status }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    return await act(httpStore({ kind: 'http', url: `http://127.0.0.1:${port}/users/{id}/features` }));
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
