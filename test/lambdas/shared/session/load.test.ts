import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createOnnxSession } from '../../../../lambdas/shared/session/onnxruntime';
import { type FunctionOptions, INFER, predictFunction } from '../../function';

const body = { inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] }] };
const parameters = { model: 'iris' };

describe('[X.3] a model that does not load is never ready, and nothing stands in for it', () => {
  it.each<[string, string, FunctionOptions, RegExp]>([
    ['a wrong hash', 'iris', { manifest: { sha256: 'f'.repeat(64) } }, /sha256 .* expected f+/],
    ['no hash', 'iris', { manifest: { sha256: undefined } }, /the manifest has none/],
    ['a corrupt file', 'corrupt', {}, /.+/],
    ['an unknown operator', 'custom-op', {}, /com\.example\.unknown|Mystery/],
    ['weights outside of its folder', 'external-data', {}, /.+/],
    ['an output that is no tensor', 'sequence-output', {}, /as FP32, the model has another type/],
    [
      'an input under another name',
      'iris',
      { manifest: { inputs: [] } },
      /has an input "features" that its card does not list/,
    ],
    [
      'an input it does not have',
      'iris',
      { manifest: { inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 4] }] } },
      /lists input "x"/,
    ],
    [
      'another datatype',
      'iris',
      { manifest: { inputs: [{ name: 'features', datatype: 'FP64', shape: [-1, 4] }] } },
      /as FP64, the model has FP32/,
    ],
    [
      'another shape',
      'iris',
      { manifest: { inputs: [{ name: 'features', datatype: 'FP32', shape: [-1, 5] }] } },
      /shape \[-1, 5\], the model has \[-1, 4\]/,
    ],
    [
      'a batch it does not take',
      'fixed-batch',
      { manifest: { inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 4] }] } },
      /shape \[-1, 4\], the model has \[1, 4\]/,
    ],
  ])('%s', async (_, name, options, reason) => {
    const fn = predictFunction(name, options);
    expect((await fn.get('/v2/health/live')).statusCode).toBe(200);
    const ready = await fn.get('/v2/health/ready');
    expect([ready.statusCode, ready.json]).toEqual([503, { ready: false }]);
    const answer = await fn.post(INFER, body, { parameters: { model: name } });
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.headers['x-model-version']).toBe('1.0.0');
    expect(answer.json).toMatchObject({ code: 'MODEL_NOT_READY', error: 'The model is not ready.' });
    expect(fn.log.at(-1)?.reason).toMatch(reason);
    expect((await fn.get('/v2/models/{model}/ready', { model: name })).statusCode).toBe(503);
    expect((await fn.get('/v2/models/{model}', { model: 'other' })).statusCode).toBe(404);
  });

  it('a missing file or manifest; once it is there, the next request is answered', async () => {
    const fn = predictFunction('iris');
    for (const file of ['model.onnx', 'manifest.json']) {
      const path = join(fn.modelDir, file);
      const content = readFileSync(path);
      const other = predictFunction('iris');
      rmSync(join(other.modelDir, file));
      expect((await other.post('/predict', { instances: [[1, 1, 1, 1]] })).json.code).toBe('MODEL_NOT_READY');
      writeFileSync(join(other.modelDir, file), content);
      expect((await other.post('/predict', { instances: [[1, 1, 1, 1]] })).statusCode).toBe(200);
    }
  });

  it('a manifest of another version is refused', async () => {
    const fn = predictFunction('iris', { manifest: { v: 2 as 1 } });
    await fn.get('/v2/health/ready');
    expect(fn.log.at(-1)).toMatchObject({ operation: 'serverReady', status: 503 });
    await expect(fn.invoke({})).rejects.toThrow('manifest.json has version 2, this function reads 1');
  });

  it('many requests at once load it once', async () => {
    let sessions = 0;
    const fn = predictFunction('iris', {
      createSession: (...args) => {
        sessions++;
        return createOnnxSession(...args);
      },
    });
    const answers = await Promise.all(Array.from({ length: 5 }, () => fn.post(INFER, body, { parameters })));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200, 200]);
    expect(sessions).toBe(1);
  });

  it('threads follow the memory', async () => {
    const threads: number[] = [];
    for (const memory of ['128', '3537', '3538', '7076', '10240']) {
      const fn = predictFunction('iris', {
        env: { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memory },
        createSession: async (path, options) => {
          threads.push(options.threads);
          return createOnnxSession(path, { threads: 1 });
        },
      });
      await fn.service.models.load();
    }
    expect(threads).toEqual([1, 1, 2, 4, 6]);
  });

  it.each([
    ['provisioned-concurrency', 1],
    ['on-demand', 0],
  ])('an environment of type %s runs the model %s times before its first request', async (type, runs) => {
    const fn = predictFunction('iris', { env: { AWS_LAMBDA_INITIALIZATION_TYPE: type } });
    await fn.service.models.load();
    expect(fn.runs()).toBe(runs);
  });

  it('a failing warm-up is in the log and no reason not to serve', async () => {
    let fail = true;
    const fn = predictFunction('iris', {
      env: { AWS_LAMBDA_INITIALIZATION_TYPE: 'provisioned-concurrency' },
      createSession: async (...args) => {
        const session = await createOnnxSession(...args);
        return { ...session, run: (...run) => (fail ? Promise.reject(new Error('zeros')) : session.run(...run)) };
      },
    });
    await fn.service.models.load();
    expect(fn.log[0]).toMatchObject({ event: 'warm_up_failed', reason: 'zeros' });
    fail = false;
    expect((await fn.post(INFER, body, { parameters })).statusCode).toBe(200);
  });

  it('a run that fails is 500 without its reason, which is in the log', async () => {
    const fn = predictFunction('iris', {
      createSession: async (...args) => {
        const session = await createOnnxSession(...args);
        return { ...session, run: () => Promise.reject(new Error('secret of the model')) };
      },
    });
    const answer = await fn.post(INFER, body, { parameters });
    expect([answer.statusCode, answer.json.code]).toEqual([500, 'INTERNAL']);
    expect(answer.body).not.toMatch(/secret|at .*\.ts/);
    expect(fn.log.at(-1)).toMatchObject({ code: 'INTERNAL', reason: 'secret of the model' });
  });
});
