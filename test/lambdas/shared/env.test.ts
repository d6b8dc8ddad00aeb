import { describe, expect, it } from 'vitest';
import { readPredictEnv } from '../../../lambdas/shared/env';

const env = {
  SERVING_SERVICE: 'iris',
  SERVING_MODEL_DIR: 'model',
  SERVING_DEADLINE_MS: '3000',
  SERVING_MAX_BODY_BYTES: '1000',
};

describe('readPredictEnv', () => {
  it('reads what is there', () => {
    expect(readPredictEnv({ ...env, SERVING_CLIENT_OPTIONS: '{"forcePathStyle":true}' })).toMatchObject({
      service: 'iris',
      deadlineMs: 3000,
      clientOptions: { forcePathStyle: true },
      memoryMb: 128,
      environment: expect.stringMatching(/^[\da-f-]{36}$/),
    });
  });

  it.each([
    [{ SERVING_SERVICE: undefined }, 'Environment variable SERVING_SERVICE is not set'],
    [{ SERVING_MODEL_DIR: '' }, 'Environment variable SERVING_MODEL_DIR is not set'],
    [
      { SERVING_DEADLINE_MS: '3s' },
      'Environment variable SERVING_DEADLINE_MS must be a positive whole number, got "3s"',
    ],
    [
      { SERVING_MAX_BODY_BYTES: '-1' },
      'Environment variable SERVING_MAX_BODY_BYTES must be a positive whole number, got "-1"',
    ],
    [{ SERVING_CLIENT_OPTIONS: '[]' }, 'Environment variable SERVING_CLIENT_OPTIONS must be a JSON object, got "[]"'],
    [{ SERVING_CLIENT_OPTIONS: 'x' }, 'Environment variable SERVING_CLIENT_OPTIONS must be a JSON object, got "x"'],
  ])('%j', (change, message) => {
    expect(() => readPredictEnv({ ...env, ...change })).toThrow(message);
  });
});
