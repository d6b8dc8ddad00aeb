import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { invalidate } from '../../../lambdas/shared/cache/invalidate';
import { CONTRACT_VERSION, type PredictorAnswer, type PredictorRequest } from '../../../lambdas/shared/contract';
import { DEADLINE_MS } from '../function';
import { gate } from '../gate';
import { cachedFunction } from './cached-function';
import { MemoryTable } from './memory-table';

const flower = (...data: number[]) => ({ inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 4], data }] });
const A = flower(5.1, 3.5, 1.4, 0.2);
const B = flower(6.7, 3.0, 5.2, 2.3);
const REMEMBERING = { memoryBytes: 1_000_000, memoryTtlMs: 10_000 };
const STRATEGIES = ['concurrent', 'lookup-first'] as const;

afterEach(() => {
  vi.useRealTimers();
});

describe.each(STRATEGIES)('%s', (strategy) => {
  const cached = (options: Parameters<typeof cachedFunction>[1] = {}) =>
    cachedFunction('iris', { ...options, prediction: { strategy, ...options.prediction } });

  it('[8.1] MISS, then HIT with the same answer and its age', async () => {
    const { post, state } = cached();
    const miss = await post(A);
    expect(miss.headers).toMatchObject({ 'x-cache': 'MISS', 'x-model-name': 'iris', 'x-model-version': '1.0.0' });
    expect(miss.headers.age).toBeUndefined();
    state.passedMs = 7500;
    const hit = await post({ id: 'mine', ...A });
    expect(hit.headers).toMatchObject({ 'x-cache': 'HIT', age: '7', 'x-model-name': 'iris' });
    expect(hit.json).toEqual({ ...miss.json, id: 'mine' });
    expect((await post(B)).headers['x-cache']).toBe('MISS');
  });

  it('[8.3] a hit while the predictor fails is 200; a miss is its error, and nothing is stored', async () => {
    const { outcomes, post, state, table } = cached();
    await post(A);
    state.predictorFails = true;
    expect(await post(A)).toMatchObject({ statusCode: 200, headers: { 'x-cache': 'HIT' } });
    expect(await post(B)).toMatchObject({ statusCode: 502, json: { code: 'BAD_GATEWAY' } });
    expect(table.rows.size).toBe(1);
    expect(outcomes().at(-1)).toMatchObject({ outcome: 'FAILED', CacheHits: 0, CacheMisses: 0 });
    state.predictorFails = false;
    expect(await post(B)).toMatchObject({ statusCode: 200, headers: { 'x-cache': 'MISS' } });
  });

  it.each(['down', 'hanging'] as const)(
    '[8.4] a table that is %s: the answer of the model, BYPASS, and a metric',
    async (down) => {
      const { log, post, table } = cached();
      const right = await post(A);
      table.state = down;
      const answer = await post(A);
      expect(answer).toMatchObject({ statusCode: 200, headers: { 'x-cache': 'BYPASS' } });
      expect(answer.json).toEqual(right.json);
      expect(log.find(({ event }) => event === 'cache_failed')).toMatchObject({
        model: 'iris',
        what: 'lookup',
        CacheFailures: 1,
      });
      expect(log.filter(({ event }) => event === 'cache').at(-1)).toMatchObject({ CacheBypasses: 1 });
    },
  );

  it('[8.4] a bucket that hangs: the answer of the model within its deadline, no BYPASS, and a metric', async () => {
    const stored = new Map<string, Uint8Array>();
    let hangs = false;
    const hang = () => (hangs ? new Promise<never>(() => undefined) : Promise.resolve());
    const objects = {
      put: async (key: string, body: Uint8Array) => {
        await hang();
        stored.set(key, body);
      },
      get: async (key: string) => {
        await hang();
        return stored.get(key) as Uint8Array;
      },
    };
    const table = new MemoryTable();
    const maxEntryBytes = 4_000_000;
    const patient = cached({ objects, table, cache: { maxEntryBytes, timeoutMs: 60_000 } });
    const { log, post } = cached({ objects, table, cache: { maxEntryBytes } });
    const small = await post(A);
    const large = {
      inputs: [
        { name: 'features', datatype: 'FP32', shape: [40_000, 4], data: Array(40_000).fill([5.1, 3.5, 1.4, 0.2]) },
      ],
    };
    expect([(await patient.post(large)).headers['x-cache'], stored.size]).toEqual(['MISS', 1]);
    expect((await patient.post(large)).headers['x-cache']).toBe('HIT');
    hangs = true;
    // Lookup and store give up long before the deadline, which would be a 504.
    const answer = await post(large);
    expect(answer).toMatchObject({ statusCode: 200, headers: { 'x-cache': 'MISS' } });
    const failures = log.filter(({ event }) => event === 'cache_failed').map(({ what }) => what);
    expect(failures).toEqual(['body', 'store']);
    // What is in a row is found all the same.
    expect((await post(A)).json).toEqual(small.json);
    expect((await post(A)).headers['x-cache']).toBe('HIT');
    hangs = false;
    patient.state.predictorFails = true;
    expect((await patient.post(large)).headers['x-cache']).toBe('HIT');
    expect(table.rows.size).toBe(2);
  });

  it('[8.4] an entry that cannot be read is none', async () => {
    const { post, table } = cached();
    await post(A);
    const [[key, row] = []] = table.rows;
    table.rows.set(`${key}`, { ...row, body: Buffer.from('garbage') } as never);
    expect(await post(A)).toMatchObject({ statusCode: 200, headers: { 'x-cache': 'MISS' } });
  });

  it('[8.6] after its time, and after an invalidation, the predictor is asked again', async () => {
    const { post, state, table } = cached({ cache: REMEMBERING });
    await post(A);
    state.passedMs = 61_000;
    expect((await post(A)).headers['x-cache']).toBe('MISS');
    expect((await post(A)).headers['x-cache']).toBe('HIT');
    await invalidate(table, { model: 'iris' }, Date.now() + state.passedMs);
    state.passedMs += 11_000;
    expect((await post(A)).headers['x-cache']).toBe('MISS');
  });
});

describe('[8.6] invalidated again and again while many ask', () => {
  it.each(STRATEGIES)(
    '%s: whoever asks after an invalidation gets no answer that was begun before it',
    async (strategy) => {
      let [truth, told] = [0, 0];
      const { post, table } = cachedFunction('iris', {
        cache: { timeoutMs: 60_000 },
        manifest: { revision: 'r' },
        prediction: { strategy },
        predictor: async () => {
          const outputs = [{ name: 'label', datatype: 'INT64' as const, shape: [1], data: [truth] }];
          await sleep(Math.random() * 15);
          const model = { name: 'iris', version: '1.0.0', revision: 'r' };
          return {
            v: CONTRACT_VERSION,
            status: 200,
            model,
            response: { model_name: 'iris', model_version: '1.0.0', outputs },
            stages: [],
          };
        },
      });
      const asked = { ...A, outputs: [{ name: 'label' }] };
      let done = false;
      const client = async () => {
        while (!done) {
          const least = told;
          const { json } = await post(asked);
          expect(json.outputs[0].data[0]).toBeGreaterThanOrEqual(least);
          await sleep(1);
        }
      };
      const clients = Promise.all(Array.from({ length: 20 }, client));
      for (let i = 1; i <= 30; i++) {
        await sleep(Math.random() * 60);
        truth = i;
        // Of two operators at once; then clients may rely on it.
        await Promise.all([invalidate(table, i % 2 ? 'all' : { model: 'iris' }), invalidate(table, { model: 'iris' })]);
        told = i;
      }
      done = true;
      await clients;
      await post(asked);
      expect(await post(asked)).toMatchObject({ headers: { 'x-cache': 'HIT' }, json: { outputs: [{ data: [30] }] } });
    },
  );
});

describe('[8.2] when the predictor is asked', () => {
  it('concurrent: a hit does not wait for the inference that began with it, and a miss is no sum', async () => {
    const { outcomes, post, state, table } = cachedFunction('iris', {
      cache: { timeoutMs: 60_000 },
      turn: (call) => (call === 1 ? undefined : new Promise(() => undefined)),
    });
    const release = table.hold();
    const miss = post(A);
    // Before there is an answer of the table.
    await expect.poll(() => [table.calls, state.asked]).toEqual([['read'], 1]);
    release();
    expect((await miss).headers['x-cache']).toBe('MISS');
    expect((await post(A)).headers['x-cache']).toBe('HIT');
    expect(state).toMatchObject({ asked: 2, aborted: 1 });
    expect(outcomes().at(-1)).toMatchObject({ CacheHits: 1, WastedInferences: 1, SavedInferences: 0 });
  });

  it('concurrent: an environment that remembers the answer asks nobody', async () => {
    const { outcomes, post, state, table } = cachedFunction('iris', { cache: REMEMBERING });
    await post(A);
    table.calls.length = 0;
    expect((await post(A)).headers['x-cache']).toBe('HIT');
    expect(state.asked).toBe(1);
    expect(table.calls).toEqual([]);
    expect(outcomes().at(-1)).toMatchObject({ CacheHits: 1, WastedInferences: 0, SavedInferences: 1 });
  });

  it('lookup-first: a hit asks nobody', async () => {
    const { outcomes, post, state } = cachedFunction('iris', { prediction: { strategy: 'lookup-first' } });
    await post(A);
    await post(A);
    expect(state.asked).toBe(1);
    expect(outcomes().at(-1)).toMatchObject({ SavedInferences: 1, WastedInferences: 0 });
  });
});

describe('[8.5] the key', () => {
  const count = (prediction: object, manifest = {}) => cachedFunction('two-in-two-out', { prediction, manifest });

  it('a release finds nothing of the one before, and the answer of another revision is stored as its own', async () => {
    const table = new MemoryTable();
    const before = cachedFunction('iris', { table });
    await before.post(A);
    const after = cachedFunction('iris', { table, manifest: { revision: 'next' } });
    expect((await after.post(A)).headers['x-cache']).toBe('MISS');
    // The predictor still was the one before, so that is whose answer it is.
    expect((await after.post(A)).headers['x-cache']).toBe('MISS');
    expect(table.rows.size).toBe(1);
    expect((await before.post(A)).headers['x-cache']).toBe('HIT');
  });

  it('a pointer that names another model: what the one before said is not found', async () => {
    let revision = 'other';
    const { post } = cachedFunction('iris', { currentRevision: async () => revision });
    await post(A);
    expect((await post(A)).headers['x-cache']).toBe('MISS');
    revision = (await import('../manifest')).manifestOf('iris').revision;
    expect((await post(A)).headers['x-cache']).toBe('HIT');
  });

  it('a pointer that cannot be read: the answer of the model', async () => {
    const { post } = cachedFunction('iris', { currentRevision: () => Promise.reject(new Error('no pointer')) });
    expect((await post(A)).headers['x-cache']).toBe('BYPASS');
  });

  it('a named input alone', async () => {
    const { inputs } = (await import('../manifest')).manifestOf('two-in-two-out');
    const [first] = inputs;
    const request = (second: number) => ({
      inputs: inputs.map(({ name, datatype, shape }, i) => {
        const sizes = shape.map((size) => (size === -1 ? 1 : size));
        const count = sizes.reduce((product, size) => product * size, 1);
        return { name, datatype, shape: sizes, data: Array(count).fill(i === 0 ? 1 : second) };
      }),
    });
    const all = count({});
    await all.post(request(1));
    expect((await all.post(request(2))).headers['x-cache']).toBe('MISS');
    const named = count({ keyInputs: [first?.name] });
    expect((await named.post(request(1))).headers['x-cache']).toBe('MISS');
    expect((await named.post(request(2))).headers['x-cache']).toBe('HIT');
  });

  it('some of the outputs are another answer, in any order the same', async () => {
    const { post } = cachedFunction('iris');
    const names = ['label', 'probabilities'];
    const ask = (outputs: string[]) => post({ ...A, outputs: outputs.map((name) => ({ name })) });
    const both = await ask(names);
    expect((await ask(['label'])).headers['x-cache']).toBe('MISS');
    const turned = await ask([...names].reverse());
    expect(turned.headers['x-cache']).toBe('HIT');
    expect(turned.json.outputs).toEqual([...both.json.outputs].reverse());
  });
});

describe('[8.7] many who ask the same at once', () => {
  const K = 200;
  const cold = async (prediction: object, delayMs = 150) => {
    const { post, state, table } = cachedFunction('iris', { prediction, cache: { timeoutMs: 60_000 } });
    state.delayMs = delayMs;
    const answers = await Promise.all(Array.from({ length: K }, () => post(A)));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(K).fill(200));
    expect(table.leases.size).toBe(0);
    return state.asked;
  };

  it('singleFlight: as many inferences as may be in flight', async () => {
    expect(await cold({ strategy: 'lookup-first', maxInflight: 1 })).toBe(1);
    expect(await cold({ strategy: 'lookup-first', maxInflight: 3 })).toBeLessThanOrEqual(3);
  });

  it('concurrent: as many as there are requests', async () => {
    expect(await cold({})).toBe(K);
  });

  it('singleFlight: who has the lease and dies is followed by the next when the lease ends', async () => {
    const { outcomes, post, state, table } = cachedFunction('iris', {
      prediction: { strategy: 'lookup-first', maxInflight: 1 },
    });
    await post(A);
    table.rows.clear();
    table.leases.set(`lease#${outcomes()[0]?.key}#0`, { holder: 'dead', until: Date.now() + 60_000 });
    table.calls.length = 0;
    const next = post(A);
    await expect.poll(() => table.calls.length).toBeGreaterThan(1);
    expect(state.asked).toBe(1);
    state.passedMs = 61_000;
    expect((await next).headers['x-cache']).toBe('MISS');
    expect(state.asked).toBe(2);
  });

  it('singleFlight: who waits in vain hears of it by the deadline', async () => {
    const { outcomes, post, table } = cachedFunction('iris', {
      prediction: { strategy: 'lookup-first', maxInflight: 1 },
    });
    await post(A);
    table.rows.clear();
    table.leases.set(`lease#${outcomes()[0]?.key}#0`, { holder: 'slow', until: Date.now() + 60_000 });
    const answer = await post(A, { receivedMs: Date.now() - DEADLINE_MS + 500 });
    expect(answer).toMatchObject({ statusCode: 504, json: { code: 'DEADLINE_EXCEEDED' } });
  });

  it.each([
    ['a pointer names another model', { currentRevision: async () => 'other' }],
    ['the answer is too large', { cache: { maxEntryBytes: 10 } }],
  ] as const)('singleFlight: what is not kept is not waited for: %s', async (_, options) => {
    const { open: release, opened: released } = gate();
    const { post } = cachedFunction('iris', {
      ...options,
      prediction: { strategy: 'lookup-first', maxInflight: 1 },
      turn: (call) => {
        // Not one after the other, as those who wait for one lease.
        if (call === 12) release();
        return call === 1 ? undefined : released;
      },
    });
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(A)));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(20).fill(200));
  });

  it('singleFlight: a lease of which nobody knows whether it was taken is given back, and the answer is kept', async () => {
    const { post, table } = cachedFunction('iris', { prediction: { strategy: 'lookup-first', maxInflight: 1 } });
    const lease = table.lease.bind(table);
    table.lease = async (...all) => {
      await lease(...all);
      throw new Error('the connection broke');
    };
    expect((await post(A)).headers['x-cache']).toBe('MISS');
    expect([table.leases.size, table.rows.size]).toEqual([0, 1]);
  });

  it('singleFlight: who has the lease asks no longer than it lasts', async () => {
    const asked: PredictorRequest[] = [];
    const { post, table } = cachedFunction('iris', {
      prediction: { strategy: 'lookup-first', maxInflight: 1 },
      predictor: async (request) => {
        asked.push(request);
        const [lease] = table.leases.values();
        // Then it stores, which takes two operations at most.
        expect(request.deadlineMs).toBeLessThanOrEqual((lease?.until ?? 0) - 400);
        return { v: CONTRACT_VERSION, status: 503, error: { code: 'UNAVAILABLE', message: 'No.' } };
      },
    });
    // The write of the lease takes part of it.
    table.delayMs = 100;
    expect((await post(A)).statusCode).toBe(503);
    expect(asked).toHaveLength(1);
  });

  it('singleFlight: who is killed while it asks is followed by another one once its lease is over, and takes nothing from it', async () => {
    const table = new MemoryTable();
    const options = { prediction: { strategy: 'lookup-first', maxInflight: 1 }, table } as const;
    const revive: (() => void)[] = [];
    const killed = cachedFunction('iris', {
      ...options,
      predictor: async () => {
        await new Promise<void>((resolve) => revive.push(resolve));
        return { v: CONTRACT_VERSION, status: 502, error: { code: 'BAD_GATEWAY', message: 'Too late.' } };
      },
    });
    const others = cachedFunction('iris', options);
    const dead = killed.post(A);
    await expect.poll(() => killed.state.asked).toBe(1);
    others.state.delayMs = 50;
    table.calls.length = 0;
    const waiting = [others.post(A), others.post(A), others.post(A)];
    await expect.poll(() => table.calls.length).toBeGreaterThan(5);
    expect(others.state.asked).toBe(0);
    // The lease ends.
    others.state.passedMs = 60_000;
    const answers = await Promise.all(waiting);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
    expect(others.state.asked).toBe(1);
    // An environment that goes on after all: somebody else has the lease now.
    table.leases.set(`lease#${others.outcomes()[0]?.key}#0`, { holder: 'another', until: Date.now() + 1000 });
    revive[0]?.();
    expect((await dead).statusCode).toBe(502);
    expect([...table.leases.values()]).toMatchObject([{ holder: 'another' }]);
    expect((await others.post(A)).headers['x-cache']).toBe('HIT');
  });

  it('singleFlight: a predictor that does not answer in time leaves time to give the lease back', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { log, post, table } = cachedFunction('iris', {
      prediction: { strategy: 'lookup-first', maxInflight: 1, predictorMs: DEADLINE_MS },
      predictor: async ({ deadlineMs }) => {
        vi.setSystemTime(deadlineMs);
        return { v: CONTRACT_VERSION, status: 504, error: { code: 'DEADLINE_EXCEEDED', message: 'Late.' } };
      },
    });
    expect((await post(A)).statusCode).toBe(504);
    expect(table.leases.size).toBe(0);
    expect(log.filter(({ event }) => event === 'cache_failed')).toEqual([]);
  });

  it('singleFlight: of a lease whose write comes late nobody else has it while this one asks', async () => {
    const { open: release, opened: released } = gate();
    const { post, state, table } = cachedFunction('iris', {
      prediction: { strategy: 'lookup-first', maxInflight: 1 },
      turn: () => released,
    });
    const lease = table.lease.bind(table);
    const writes: (() => void)[] = [];
    table.lease = async (...all) => {
      if (writes.length === 0) await new Promise<void>((resolve) => writes.push(resolve));
      return lease(...all);
    };
    const one = post(A);
    await expect.poll(() => state.asked).toBe(1);
    writes[0]?.();
    await expect.poll(() => table.leases.size).toBe(1);
    table.calls.length = 0;
    const others = [post(A), post(A)];
    await expect.poll(() => table.calls.length).toBeGreaterThan(3);
    release();
    const answers = await Promise.all([one, ...others]);
    expect(answers.map(({ headers }) => headers['x-cache'])).toEqual(['MISS', 'HIT', 'HIT']);
    expect(state.asked).toBe(1);
    expect(table.leases.size).toBe(0);
  });

  it('singleFlight: the predictor fails: everybody hears of it, one after the other', async () => {
    const { post, state, table } = cachedFunction('iris', { prediction: { strategy: 'lookup-first', maxInflight: 1 } });
    state.predictorFails = true;
    const answers = await Promise.all([post(A), post(A), post(A)]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([502, 502, 502]);
    expect(table.rows.size).toBe(0);
    expect(table.leases.size).toBe(0);
  });

  it('[8.4] singleFlight without a table asks at once', async () => {
    const { post, table } = cachedFunction('iris', { prediction: { strategy: 'lookup-first', maxInflight: 1 } });
    table.state = 'down';
    expect(await post(A)).toMatchObject({ statusCode: 200, headers: { 'x-cache': 'BYPASS' } });
  });
});

describe('[8.7] [8.8] stale while it is refreshed', () => {
  const stale = async (options: Parameters<typeof cachedFunction>[1] = {}) => {
    const made = cachedFunction('iris', {
      ...options,
      cache: { staleMs: 60_000, ...options.cache },
      prediction: { strategy: 'lookup-first', ...options.prediction },
    });
    await made.post(A);
    made.state.passedMs = 65_000;
    return made;
  };

  it('the old answer at once, and one message to refresh it, however many ask', async () => {
    const { outcomes, post, sent, state } = await stale();
    const answers = [await post(A), await post(A), await post(A)];
    expect(answers.map(({ headers }) => [headers['x-cache'], headers.age])).toEqual(Array(3).fill(['STALE', '65']));
    expect(state.asked).toBe(1);
    expect(sent).toHaveLength(1);
    expect(outcomes().at(-1)).toMatchObject({ CacheStale: 1, SavedInferences: 1 });
  });

  it('the message refreshes the entry and gives its lease back', async () => {
    const { invoke, post, sent, state, table } = await stale();
    await post(A);
    expect(table.leases.size).toBe(1);
    expect(await invoke(sent[0])).toBeUndefined();
    expect(state.asked).toBe(2);
    expect(table.leases.size).toBe(0);
    const hit = await post(A);
    expect([hit.headers['x-cache'], hit.headers.age]).toEqual(['HIT', '0']);
    // Delivered once more it does nothing.
    await invoke(sent[0]);
    expect(state.asked).toBe(2);
  });

  it('that nobody can refresh is not answered with', async () => {
    const { post, state, table } = await stale();
    state.sendFails = true;
    expect((await post(A)).headers['x-cache']).toBe('MISS');
    expect(table.leases.size).toBe(0);
    expect((await post(A)).headers['x-cache']).toBe('HIT');
  });

  it('a question that is too large for a message is asked anew, which is no failure of the cache', async () => {
    const { invoke, log, sent, table } = await stale();
    const frame = { v: CONTRACT_VERSION, requestId: 'r', deadlineMs: Date.now() + 60_000 };
    const answer = await invoke({ ...frame, principal: 'x'.repeat(1_000_000), request: A });
    expect(answer).toMatchObject({ marks: { 'x-cache': 'MISS' } });
    expect([sent.length, table.leases.size]).toEqual([0, 0]);
    expect(log.filter(({ event }) => event === 'cache_failed')).toEqual([]);
  });

  it('a refresh that fails gives its lease back, and the old answer stays', async () => {
    const { invoke, post, sent, state, table } = await stale();
    await post(A);
    state.predictorFails = true;
    await expect(invoke(sent[0])).rejects.toThrow('The predictor failed.');
    expect(table.leases.size).toBe(0);
    expect((await post(A)).headers['x-cache']).toBe('STALE');
    expect(sent).toHaveLength(2);
  });
});

describe('[8.8] what a client and an operator may', () => {
  it.each(['no-cache', 'no-store', 'max-age=0, No-Cache'])('%s does nothing unless it is allowed', async (header) => {
    const { post } = cachedFunction('iris');
    await post(A);
    expect((await post(A, { headers: { 'Cache-Control': header } })).headers['x-cache']).toBe('HIT');
  });

  it('no-cache, where it is allowed, is an answer of now that others get then', async () => {
    const { post, state } = cachedFunction('iris', { prediction: { allowBypass: true, strategy: 'lookup-first' } });
    await post(A);
    await sleep(2);
    const answer = await post(A, { headers: { 'Cache-Control': 'no-cache' } });
    expect(answer.headers['x-cache']).toBe('BYPASS');
    expect(state.asked).toBe(2);
    expect((await post(A)).headers['x-cache']).toBe('HIT');
  });

  it('no-store leaves nothing behind', async () => {
    const { outcomes, post, table } = cachedFunction('iris', { prediction: { allowBypass: true } });
    expect((await post(A, { headers: { 'Cache-Control': 'no-store' } })).headers['x-cache']).toBe('BYPASS');
    expect(table.rows.size).toBe(0);
    expect(outcomes().at(-1)).toMatchObject({ CacheBypasses: 1 });
  });

  it('each caller has answers of its own where that is chosen', async () => {
    const ask = async (perPrincipal: boolean) => {
      const { invoke } = cachedFunction('iris', { prediction: { perPrincipal } });
      const marks: unknown[] = [];
      for (const principal of ['subject:a', 'subject:b', 'subject:a']) {
        const frame = { v: CONTRACT_VERSION, requestId: 'r', deadlineMs: Date.now() + 60_000, principal };
        const answer = (await invoke({ ...frame, request: A })) as { marks: Record<string, string> };
        marks.push(answer.marks['x-cache']);
      }
      return marks;
    };
    expect(await ask(true)).toEqual(['MISS', 'MISS', 'HIT']);
    expect(await ask(false)).toEqual(['MISS', 'HIT', 'HIT']);
    // Who has no name has nobody's answers.
    const { invoke, table } = cachedFunction('iris', { prediction: { perPrincipal: true } });
    const frame = { v: CONTRACT_VERSION, requestId: 'r', deadlineMs: Date.now() + 60_000 };
    expect(await invoke({ ...frame, request: A })).toMatchObject({ marks: { 'x-cache': 'BYPASS' } });
    expect(table.rows.size).toBe(0);
  });

  it('the store is done before the answer is there, and a table that is slow then does not keep it back for long', async () => {
    const { post, table } = cachedFunction('iris', { prediction: { strategy: 'lookup-first' } });
    await post(A);
    expect(table.rows.size).toBe(1);
    table.delayMs = 150;
    expect((await post(B)).headers['x-cache']).toBe('MISS');
    expect(table.rows.size).toBe(2);
  });

  it('an inference that ends late overwrites nothing newer', async () => {
    const released: (() => void)[] = [];
    const answer = (first: boolean): PredictorAnswer => ({
      v: CONTRACT_VERSION,
      status: 200,
      model: { name: 'iris', version: '1.0.0', revision: 'r' },
      response: {
        model_name: 'iris',
        model_version: '1.0.0',
        outputs: [
          { name: 'label', datatype: 'INT64', shape: [1], data: [first ? 0 : 1] },
          { name: 'probabilities', datatype: 'FP32', shape: [1, 3], data: [1, 0, 0] },
        ],
      },
      stages: [],
    });
    let asked = 0;
    const predictor = async (_: PredictorRequest) => {
      const first = asked++ === 0;
      if (first) await new Promise<void>((resolve) => released.push(resolve));
      return answer(first);
    };
    const { outcomes, post } = cachedFunction('iris', { manifest: { revision: 'r' }, predictor });
    const late = post(A);
    await expect.poll(() => released.length).toBe(1);
    expect((await post(A)).json.outputs[0].data).toEqual([1]);
    released[0]?.();
    expect((await late).json.outputs[0].data).toEqual([0]);
    expect(outcomes().at(-1)).toMatchObject({ stored: 'superseded', WastedInferences: 1 });
    expect((await post(A)).json.outputs[0].data).toEqual([1]);
  });

  it('an answer that is of its moment only (a fallback) is nobody else’s', async () => {
    const { post, table } = cachedFunction('iris', {
      manifest: { revision: 'r' },
      predictor: async () => ({
        v: CONTRACT_VERSION,
        status: 200,
        model: { name: 'iris', version: '1.0.0', revision: 'r' },
        response: {
          model_name: 'iris',
          model_version: '1.0.0',
          outputs: [{ name: 'label', datatype: 'INT64', shape: [1], data: [0] }],
        },
        stages: [],
        marks: { 'x-fallback': 'open' },
      }),
    });
    expect((await post({ ...A, outputs: [{ name: 'label' }] })).headers).toMatchObject({
      'x-fallback': 'open',
      'x-cache': 'MISS',
    });
    expect(table.rows.size).toBe(0);
  });
});
