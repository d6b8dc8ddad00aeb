import { afterEach, describe, expect, it, vi } from 'vitest';
import { createOnnxSession } from '../../../lambdas/shared/session/onnxruntime';
import { DEADLINE_MS, INFER, predictFunction } from '../function';
import { gate } from '../gate';

afterEach(() => {
  vi.useRealTimers();
});

const request = (iterations: number) => ({
  inputs: [
    { name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] },
    { name: 'iterations', datatype: 'INT64', shape: [1], data: [iterations] },
  ],
});

describe('[2.2] the deadline, counted from the arrival at the gateway', () => {
  it('passed before the run: 504, and the model is not run', async () => {
    const fn = predictFunction('slow');
    await fn.service.models.load();
    const answer = await fn.post(INFER, request(1), { receivedMs: Date.now() - DEADLINE_MS - 1 });
    expect(answer.statusCode).toBe(504);
    expect(answer.json).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      error: 'The deadline passed before the model ran.',
    });
    expect(fn.runs()).toBe(0);
  });

  it('passed during the run: 504, never a late answer; the next request is fine', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    let runMs = DEADLINE_MS + 1;
    const fn = predictFunction('slow', {
      createSession: async (...args) => {
        const session = await createOnnxSession(...args);
        return {
          ...session,
          run: (...run) => {
            vi.setSystemTime(Date.now() + runMs);
            return session.run(...run);
          },
        };
      },
    });
    const answer = await fn.post(INFER, request(1));
    expect(answer.statusCode).toBe(504);
    expect(answer.json.error).toBe('The deadline passed while the model ran.');
    runMs = DEADLINE_MS;
    expect((await fn.post(INFER, request(1))).statusCode).toBe(200);
  });

  it('passed while the model loads: 504, and the load goes on', async () => {
    const { open: release, opened: released } = gate();
    const fn = predictFunction('slow', {
      env: { SERVING_DEADLINE_MS: '60' },
      createSession: async (...args) => {
        await released;
        return createOnnxSession(...args);
      },
    });
    const answer = await fn.post(INFER, request(1));
    expect(answer.json.error).toBe('The deadline passed while the model was loading.');
    release();
    await fn.service.models.load();
    expect((await fn.post(INFER, request(1), { receivedMs: Date.now() + DEADLINE_MS })).statusCode).toBe(200);
  });
});
