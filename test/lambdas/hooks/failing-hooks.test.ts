import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEADLINE_MS, predictFunction } from '../function';

const good = { datatype: 'FP32', shape: [1, 4], data: 'Float32Array.of(1, 1, 1, 1)' };
const tensor = (changes: Partial<Record<keyof typeof good, unknown>>) => {
  const { datatype, shape, data } = { ...good, ...changes };
  return `{ features: { datatype: ${JSON.stringify(datatype)}, shape: ${JSON.stringify(shape)}, data: ${data} } }`;
};
const giving = (result: string) => `export default () => (${result});`;
const post = (hook: string, model = 'iris') => {
  const fn = predictFunction(model, { hooks: { preprocess: hook } });
  return fn.post('/predict', {}).then((answer) => ({ ...answer, log: fn.log.at(-1), runs: fn.runs() }));
};

describe('the outputs of preprocess are checked against the card before the model runs', () => {
  it.each([
    ['nothing', 'undefined', 'it gave undefined instead of tensors by name'],
    ['no input', '{}', 'input "features" is missing'],
    ['another name', '{ ...{ feature: {} } }', 'the model has no input "feature"'],
    ['another datatype', tensor({ datatype: 'FP64' }), 'input "features" has datatype FP32, got "FP64"'],
    ['another shape', tensor({ shape: [1, 5] }), 'tensor "features" has shape [-1, 4], got [1, 5]'],
    ['no shape', tensor({ shape: null }), 'shape must be an array of integers'],
    ['too few values', tensor({ shape: [2, 4] }), 'input "features" of shape [2, 4] has 8 values, got 4'],
    [
      'another type of array',
      tensor({ data: 'new Float64Array(4)' }),
      'the data of input "features" must be of type Float32Array, got Float64Array',
    ],
    ['plain numbers', tensor({ data: '[1, 2, 3, 4]' }), 'must be of type Float32Array, got Array'],
    ['no data', tensor({ data: 'undefined' }), 'must be of type Float32Array, got undefined'],
  ])('%s: 500, and the text is in the log only', async (_, result, reason) => {
    const answer = await post(giving(result));
    expect([answer.statusCode, answer.json.code]).toEqual([500, 'INTERNAL']);
    expect(answer.json.error).toBe('The hook preprocess failed.');
    expect(answer.log).toMatchObject({ code: 'INTERNAL', reason: expect.stringContaining(reason) });
    expect(answer.runs).toBe(0);
  });

  it('different numbers of rows', async () => {
    const input = (rows: number) => `{ datatype: 'FP32', shape: [${rows}, 2], data: new Float32Array(${rows * 2}) }`;
    const answer = await post(giving(`{ a: ${input(1)}, b: ${input(2)} }`), 'two-in-two-out');
    expect(answer.statusCode).toBe(500);
  });

  it.each([
    ['beyond the maximum', 'Float32Array.of(1, 1, 99, 1)', 'expected FP32 values between 0 and 10, value 2 is 99'],
    ['not a number', 'Float32Array.of(1, 1, 1, undefined)', 'expected FP32 values between 0 and 10, value 3 is NaN'],
  ])('a value that the card does not allow, %s: 400, because it came from the client', async (_, data, error) => {
    const answer = await post(giving(tensor({ data })));
    expect(answer.statusCode).toBe(400);
    expect(answer.json).toMatchObject({ code: 'INVALID_VALUE', field: 'features', error });
    expect(answer.runs).toBe(0);
  });

  it.each([
    ['a number', "['a', 1]", 500, 'INTERNAL'],
    ['NUL', String.raw`['a', 'a\0b']`, 400, 'INVALID_VALUE'],
    ['text', `['a', 'b']`, 200, undefined],
  ])('texts: %s', async (_, data, status, code) => {
    const hook = giving(`{ x: { datatype: 'BYTES', shape: [1, 2], data: ${data} } }`);
    const answer = await post(hook, 'identity-bytes');
    expect([answer.statusCode, answer.json.code], answer.body).toEqual([status, code]);
  });
});

describe('a hook that throws', () => {
  it('badInput is a 400 with its field', async () => {
    const answer = await post(`export default (_, { badInput }) => { throw badInput('no petals', 'petal.width'); };`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json).toMatchObject({ code: 'INVALID_REQUEST', error: 'no petals', field: 'petal.width' });
    expect(answer.runs).toBe(0);
  });

  it.each(['throw new Error("secret")', 'return Promise.reject(new Error("secret"))', 'throw "secret"'])(
    'anything else is a 500 whose text the client does not see: %s',
    async (statement) => {
      const answer = await post(`export default () => { ${statement} };`);
      expect([answer.statusCode, answer.json.code]).toEqual([500, 'INTERNAL']);
      expect(answer.body).not.toContain('secret');
      expect(answer.log).toMatchObject({ reason: 'secret' });
    },
  );

  it('a body that is no JSON is a 400, when the hook asks for JSON', async () => {
    const fn = predictFunction('iris', { hooks: { preprocess: 'export default (request) => request.json();' } });
    const answer = await fn.post('/predict', '{"flowers": ');
    expect([answer.statusCode, answer.json.code]).toEqual([400, 'MALFORMED_JSON']);
  });

  it.each([
    ['throws', 'throw new Error("behind")', 'behind'],
    ['answers nothing', 'return undefined', 'it gave nothing that JSON has'],
    ['answers itself', 'const a = {}; a.a = a; return a', /circular/i],
  ])('postprocess that %s is a 500', async (_, statement, reason) => {
    const fn = predictFunction('iris', { hooks: { postprocess: `export default () => { ${statement} };` } });
    const answer = await fn.post('/predict', { instances: [[1, 1, 1, 1]] });
    expect([answer.statusCode, answer.json.error]).toEqual([500, 'The hook postprocess failed.']);
    expect(fn.log.at(-1)?.reason).toEqual(expect.stringMatching(reason));
  });
});

describe('[X.4] the deadline holds for hooks', () => {
  const later = DEADLINE_MS + 1;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    vi.stubGlobal('clock', vi);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it.each([
    ['waits', `clock.advanceTimersByTime(${later}); await new Promise(() => undefined);`],
    // No timer gets its turn meanwhile.
    ['computes', `clock.setSystemTime(Date.now() + ${later});`],
  ])('preprocess that %s: 504, and the model is not run', async (_, work) => {
    const hook = `export default async () => { ${work} return ${tensor({})}; };`;
    const fn = predictFunction('iris', { hooks: { preprocess: hook } });
    const answer = await fn.post('/predict', {});
    expect([answer.statusCode, answer.json.error]).toEqual([504, 'The deadline passed while preprocess ran.']);
    expect(fn.runs()).toBe(0);
  });

  it('postprocess that waits is told, and answered for', async () => {
    const hook = `export default (_, { signal }) => new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => { globalThis.hookWasTold = signal.reason.code; reject(signal.reason); });
      clock.advanceTimersByTime(${later});
    });`;
    const fn = predictFunction('iris', { hooks: { postprocess: hook } });
    const answer = await fn.post('/predict', { instances: [[1, 1, 1, 1]] });
    expect([answer.statusCode, answer.json.error]).toEqual([504, 'The deadline passed while postprocess ran.']);
    expect(globalThis).toHaveProperty('hookWasTold', 'DEADLINE_EXCEEDED');
  });

  it('passed before: the hook is not called', async () => {
    const hook = 'export default () => { globalThis.hookWasCalled = true; };';
    const fn = predictFunction('iris', { hooks: { preprocess: hook } });
    await fn.service.models.load();
    const answer = await fn.post('/predict', {}, { receivedMs: Date.now() - later });
    expect([answer.statusCode, answer.json.error]).toEqual([504, 'The deadline passed before preprocess ran.']);
    expect(globalThis).not.toHaveProperty('hookWasCalled');
  });
});

describe('a hook that does not load', () => {
  it.each([
    ['throws', 'throw new Error("no vocabulary");', 'the hook preprocess does not load: no vocabulary'],
    ['is no JavaScript', 'export default (', 'the hook preprocess does not load'],
    ['lacks a module', `import 'not-there';`, `the hook preprocess does not load: Cannot find package 'not-there'`],
    ['exports nothing', 'export const a = 1;', 'the hook preprocess has no function as its default export'],
    [
      'names wrong media types',
      `export const mediaTypes = ['Text/CSV']; export default () => ({});`,
      'the hook preprocess must export mediaTypes as an array of media types in lower case',
    ],
  ])('%s: not ready, and no release', async (_, hook, reason) => {
    const fn = predictFunction('iris', { hooks: { preprocess: hook } });
    expect((await fn.get('/v2/health/ready')).statusCode).toBe(503);
    expect(fn.log.find(({ event }) => event === 'model_load_failed')?.reason).toContain(reason);
    expect((await fn.post('/predict', {})).json.code).toBe('MODEL_NOT_READY');
    await expect(fn.invoke({})).rejects.toThrow(reason);
    expect((await fn.get('/v2/health/live')).statusCode).toBe(200);
  });
});
