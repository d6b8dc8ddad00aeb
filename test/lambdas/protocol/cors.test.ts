import { describe, expect, it } from 'vitest';
import { ENV } from '../../../lambdas/shared/contract';
import { INFER, predictFunction } from '../function';

const body = { inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] }] };

describe('answers to a page of another origin', () => {
  it('every answer, of success and of error, says who may read it and what', async () => {
    const fn = predictFunction('iris', { env: { [ENV.corsOrigin]: 'https://example.org' } });
    const expected = {
      'access-control-allow-origin': 'https://example.org',
      'access-control-expose-headers':
        'x-request-id,x-model-name,x-model-version,retry-after,x-fallback,x-partial,x-cache,age,x-data-cache,' +
        'inference-header-content-length',
      vary: 'origin',
    };
    const answers = [await fn.post(INFER, body), await fn.post(INFER, '{'), await fn.get('/v2'), await fn.get('/v3')];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 400, 200, 404]);
    for (const { headers } of answers) expect(headers).toMatchObject(expected);
  });

  it('for every origin there is nothing to vary by', async () => {
    const { headers } = await predictFunction('iris', { env: { [ENV.corsOrigin]: '*' } }).get('/v2');
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers).not.toHaveProperty('vary');
  });

  it('without an origin there is no such header', async () => {
    const { headers } = await predictFunction('iris').get('/v2');
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});
