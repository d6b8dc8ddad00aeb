import fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { gatewayEvent, predictFunction } from '../function';

describe('handler', () => {
  const lines: string[] = [];
  beforeEach(() => {
    lines.length = 0;
    vi.resetModules();
    vi.spyOn(fs, 'writeSync').mockImplementation(((_: number, bytes: Uint8Array) => {
      lines.push(Buffer.from(bytes).toString());
      return bytes.length;
    }) as typeof fs.writeSync);
    vi.stubEnv('SERVING_SERVICE', 'iris');
    vi.stubEnv('SERVING_MODEL_DIR', predictFunction('iris').modelDir);
    vi.stubEnv('SERVING_DEADLINE_MS', '5000');
    vi.stubEnv('SERVING_MAX_BODY_BYTES', '1000000');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
  const load = () => import('../../../lambdas/predict/handler');

  it('the model is loaded when the module is', async () => {
    const { handler } = await load();
    expect(lines).toContainEqual(expect.stringContaining('"event":"model_loaded"'));
    expect(await handler(gatewayEvent('POST', '/predict', { body: { instances: [[1, 1, 1, 1]] } }))).toMatchObject({
      statusCode: 200,
    });
    expect(await handler({})).toMatchObject({ cases: 3 });
  });

  it('[X.3] a model that is not there does not break the module', async () => {
    vi.stubEnv('SERVING_MODEL_DIR', '/nowhere');
    const { handler } = await load();
    expect(await handler(gatewayEvent('GET', '/v2/health/live'))).toMatchObject({ statusCode: 200 });
    expect(await handler(gatewayEvent('GET', '/v2/health/ready'))).toMatchObject({ statusCode: 503 });
  });

  it('a missing variable does not break the module, and each event says which', async () => {
    vi.stubEnv('SERVING_DEADLINE_MS', undefined);
    const { handler } = await load();
    await expect(handler({})).rejects.toThrow('Environment variable SERVING_DEADLINE_MS is not set');
  });
});
