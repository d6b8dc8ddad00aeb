import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createOnnxSession } from '../../../../lambdas/shared/session/onnxruntime';
import { DEADLINE_MS, type FunctionOptions, INFER, predictFunction, type TestFunction } from '../../function';
import { modelFolder } from '../../manifest';
import { type FakeS3, startFakeS3 } from './fake-s3';

const body = { inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] }] };
const parameters = { model: 'iris' };
const CHECK_MS = 10_000;

const hash = (content: Buffer) => createHash('sha256').update(content).digest('hex');
const file = (model: string, name = 'model.onnx') => readFileSync(join(modelFolder(model), name));
const [model1, model2] = [file('iris'), file('iris-v2')];
const pointer1 = { key: 'models/1.onnx', sha256: hash(model1), version: '1.0.0' };
const pointer2 = { key: 'models/2.onnx', sha256: hash(model2), version: '2.0.0' };
const golden2 = { key: 'models/2.json', sha256: hash(file('iris-v2', 'golden.json')) };

let s3: FakeS3;

beforeAll(async () => {
  s3 = await startFakeS3();
});
beforeEach(() => {
  s3.reset();
  s3.objects.set('models/1.onnx', model1);
  s3.objects.set('models/2.onnx', model2);
  s3.objects.set('models/2.json', file('iris-v2', 'golden.json'));
  pointTo(pointer1);
});
afterAll(() => s3.close());

const pointTo = (pointer: object) => s3.objects.set('models/current.json', Buffer.from(JSON.stringify(pointer)));
const byObject = () =>
  predictFunction('iris', { manifest: { source: 'object' }, env: { ...s3.env, SERVING_MODEL_KEY: 'models/1.onnx' } });
const byPointer = ({ env, ...options }: FunctionOptions = {}) =>
  predictFunction('iris', {
    manifest: { source: 'pointer' },
    env: {
      ...s3.env,
      SERVING_MODEL_POINTER_KEY: 'models/current.json',
      SERVING_MODEL_CHECK_MS: `${CHECK_MS}`,
      ...env,
    },
    ...options,
  });
const answerOf = async (fn: TestFunction) => {
  const answer = await fn.post(INFER, body, { parameters });
  const version = answer.headers['x-model-version'];
  // One model answers all of a request: body, header and log line say so.
  if (answer.statusCode === 200) {
    expect(version).toBe(answer.json.model_version);
    expect(fn.log.filter(({ operation }) => operation).at(-1)?.version).toBe(version);
  }
  return { status: answer.statusCode, code: answer.json.code, version };
};
const versionOf = async (fn: TestFunction) => (await answerOf(fn)).version;
const nextLook = () => vi.advanceTimersByTime(CHECK_MS);
const events = (fn: TestFunction, event: string) => fn.log.filter((line) => line.event === event);

describe('a model by object', () => {
  it('is verified and served', async () => {
    expect(await answerOf(byObject())).toMatchObject({ status: 200, version: '1.0.0' });
  });

  it('[X.3] changed or missing: not ready; put right: the next request is answered', async () => {
    const fn = byObject();
    s3.objects.set('models/1.onnx', model2);
    expect(await answerOf(fn)).toMatchObject({ status: 503, code: 'MODEL_NOT_READY' });
    expect(fn.log.at(-1)?.reason).toContain(`has sha256 ${hash(model2)}, expected ${hash(model1)}`);
    s3.objects.delete('models/1.onnx');
    expect(await answerOf(fn)).toMatchObject({ status: 503, code: 'MODEL_NOT_READY' });
    s3.objects.set('models/1.onnx', model1);
    expect(await answerOf(fn)).toMatchObject({ status: 200 });
  });

  it('whose weights lie elsewhere is refused', async () => {
    const model = file('external-data');
    s3.objects.set('models/1.onnx', model);
    const fn = predictFunction('external-data', {
      manifest: { source: 'object', sha256: hash(model) },
      env: { ...s3.env, SERVING_MODEL_KEY: 'models/1.onnx' },
    });
    await expect(fn.invoke({})).rejects.toThrow(/not ready/);
  });

  it('without a place in the environment has a clear reason', async () => {
    const fn = predictFunction('iris', { manifest: { source: 'object' } });
    await expect(fn.invoke({})).rejects.toThrow('source is "object", but the environment names no bucket');
  });
});

describe('a model by pointer', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is the one that it names, with version and revision', async () => {
    pointTo(pointer2);
    const fn = byPointer();
    const path = '/v2/models/{model}/versions/{version}/infer';
    expect((await fn.post(path, body, { parameters: { model: 'iris', version: '2.0.0' } })).statusCode).toBe(200);
    expect((await fn.post(path, body, { parameters: { model: 'iris', version: '1.0.0' } })).statusCode).toBe(404);
    const { json } = await fn.get('/v2/models/{model}', parameters);
    expect(json.parameters.revision).toMatch(new RegExp(`-${pointer2.sha256.slice(0, 12)}$`));
  });

  it('is switched by another pointer and back by the old one; the sessions before are disposed of', async () => {
    let created = 0;
    const disposed: number[] = [];
    const fn = byPointer({
      createSession: async (model, options) => {
        const session = await createOnnxSession(model, options);
        const number = ++created;
        return {
          ...session,
          dispose: async () => {
            disposed.push(number);
            await session.dispose();
          },
        };
      },
    });
    expect(await versionOf(fn)).toBe('1.0.0');
    pointTo(pointer2);
    expect(await versionOf(fn)).toBe('1.0.0');
    nextLook();
    expect(await versionOf(fn)).toBe('2.0.0');
    pointTo(pointer1);
    nextLook();
    expect(await versionOf(fn)).toBe('1.0.0');
    // A request that began with the first one runs no longer than until then.
    vi.advanceTimersByTime(DEADLINE_MS - CHECK_MS);
    expect(disposed).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(disposed).toEqual([1]);
    vi.advanceTimersByTime(CHECK_MS);
    expect(disposed).toEqual([1, 2]);
    expect(await versionOf(fn)).toBe('1.0.0');
  });

  it('that names the same model is one conditional request', async () => {
    const fn = byPointer();
    await versionOf(fn);
    s3.requests.length = 0;
    await versionOf(fn);
    expect(s3.requests).toEqual([]);
    nextLook();
    await versionOf(fn);
    expect(s3.requests).toEqual(['models/current.json']);
  });

  it.each<[string, () => void, RegExp]>([
    ['a missing object', () => pointTo({ ...pointer2, key: 'models/none' }), /models\/none cannot be read: NoSuchKey/],
    ['another hash', () => pointTo({ ...pointer2, sha256: 'f'.repeat(64) }), /has sha256 .*, expected f{64}/],
    ['golden cases it fails', () => pointTo({ ...pointer1, golden: golden2, version: '3' }), /golden case .* value 0/],
    [
      'golden cases of another hash',
      () => pointTo({ ...pointer2, golden: { ...golden2, sha256: pointer1.sha256 } }),
      /2\.json has/,
    ],
    [
      'golden cases that are none',
      () => {
        const cases = JSON.parse(file('iris-v2', 'golden.json').toString());
        cases.cases[0].inputs[0].data = [1];
        const content = Buffer.from(JSON.stringify(cases));
        s3.objects.set('models/none.json', content);
        pointTo({ ...pointer2, golden: { key: 'models/none.json', sha256: hash(content) } });
      },
      /golden case ".*", tensor "features" cannot be read: shape \[1, 4\] has 4 values, got 1/,
    ],
    [
      'another signature',
      () => {
        s3.objects.set('models/2.onnx', file('fixed-batch'));
        pointTo({ ...pointer2, sha256: hash(file('fixed-batch')) });
      },
      /the card lists input "features"/,
    ],
    ['no JSON', () => s3.objects.set('models/current.json', Buffer.from('{')), /current\.json is not JSON/],
    ['no object', () => s3.objects.set('models/current.json', Buffer.from('null')), /current\.json: key must match/],
    ['no version', () => pointTo({ ...pointer2, version: undefined }), /version must match/],
    ['a version that no header can hold', () => pointTo({ ...pointer2, version: '2\r\nx: y' }), /version must match/],
    ['a pair that is none', () => pointTo({ ...pointer2, pair: 7 }), /pair must match/],
    ['a large file', () => s3.objects.set('models/current.json', Buffer.alloc(100_000)), /more than 65536 bytes/],
    ['nothing', () => s3.objects.delete('models/current.json'), /NoSuchKey/],
  ])('with %s: the last good one serves on, counted; a new environment is not ready', async (_, spoil, reason) => {
    const fn = byPointer();
    expect(await versionOf(fn)).toBe('1.0.0');
    spoil();
    nextLook();
    expect(await versionOf(fn)).toBe('1.0.0');
    const [failed] = events(fn, 'model_switch_failed');
    expect(failed).toMatchObject({ model: 'iris', serving: { version: '1.0.0' }, ModelSwitchFailures: 1 });
    expect(failed?.reason).toMatch(reason);
    const fresh = byPointer();
    expect(await answerOf(fresh)).toMatchObject({ status: 503, code: 'MODEL_NOT_READY' });
    expect(fresh.log.at(-1)?.reason).toMatch(reason);
    s3.objects.set('models/2.onnx', model2);
    pointTo({ ...pointer2, golden: golden2 });
    expect(await versionOf(fresh)).toBe('2.0.0');
    nextLook();
    expect(await versionOf(fn)).toBe('2.0.0');
  });

  it("runs its golden cases, and the deployment's only for the deployed model", async () => {
    expect(await byPointer().invoke({})).toMatchObject({ model: { version: '1.0.0' }, cases: goldenCases('iris') });
    pointTo(pointer2);
    expect(await byPointer().invoke({})).toMatchObject({ model: { version: '2.0.0' }, cases: 0 });
    pointTo({ ...pointer2, golden: golden2 });
    expect(await byPointer().invoke({})).toMatchObject({ model: { version: '2.0.0' }, cases: goldenCases('iris-v2') });
  });

  it('[5.3] says which pair its model is of; of one that does not say it is the pair of the card', async () => {
    const card = { source: 'pointer', pair: 'flowers-1' } as const;
    const asking = { v: 1, requestId: 'r', deadlineMs: Date.now() + 600_000 };
    const fn = byPointer({ manifest: card });
    const ask = async (pair: string) => {
      nextLook();
      const answer = (await fn.invoke({ ...asking, request: body, pair })) as {
        status: number;
        error?: { code: string };
      };
      return [answer.status, answer.error?.code];
    };
    expect(await ask('flowers-1')).toEqual([200, undefined]);
    pointTo({ ...pointer2, pair: 'flowers-2' });
    expect(await ask('flowers-1')).toEqual([503, 'PAIR_MISMATCH']);
    expect(await ask('flowers-2')).toEqual([200, undefined]);
    pointTo({ ...pointer2, pair: null });
    expect(await ask('flowers-2')).toEqual([503, 'PAIR_MISMATCH']);
    expect(await ask('flowers-1')).toEqual([503, 'PAIR_MISMATCH']);
    pointTo(pointer1);
    expect(await ask('flowers-1')).toEqual([200, undefined]);
  });

  it('that is slow to load does not hold up requests; one model answers each of them', async () => {
    const fn = byPointer({ env: { SERVING_DEADLINE_MS: '1000' } });
    await versionOf(fn);
    pointTo(pointer2);
    let release = () => {};
    const loading = new Promise<void>((resolve) => {
      s3.fault = (request, response) => {
        if (!request.url?.startsWith('/models-bucket/models/2.onnx')) return false;
        const range = `bytes 0-${model2.length - 1}/${model2.length}`;
        release = () => response.writeHead(206, { 'content-range': range }).end(model2);
        resolve();
        return true;
      };
    });
    nextLook();
    const asked = Promise.all([1, 2, 3, 4].map(() => answerOf(fn)));
    await loading;
    // They wait for half of it; who waited for more would be answered 504.
    vi.advanceTimersByTime(500);
    expect((await asked).map(({ version }) => version)).toEqual(['1.0.0', '1.0.0', '1.0.0', '1.0.0']);
    release();
    expect(await versionOf(fn)).toBe('2.0.0');
    expect(s3.requests.filter((request) => request.startsWith('models/2.onnx'))).toHaveLength(1);
  });

  it('switches once for many requests at a time', async () => {
    const fn = byPointer();
    await versionOf(fn);
    pointTo(pointer2);
    nextLook();
    const answers = await Promise.all(Array.from({ length: 8 }, () => fn.post(INFER, body, { parameters })));
    expect(answers.map(({ json }) => json.model_version)).toEqual(Array(8).fill('2.0.0'));
    expect(events(fn, 'model_loaded')).toHaveLength(2);
  });
});

function goldenCases(model: string): number {
  return JSON.parse(file(model, 'golden.json').toString()).cases.length;
}
