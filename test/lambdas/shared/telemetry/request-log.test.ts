import { describe, expect, it } from 'vitest';
import { METRIC_DIMENSIONS, METRIC_NAMESPACE, METRICS } from '../../../../lambdas/shared/contract';
import { childTraceparent } from '../../../../lambdas/shared/telemetry/traceparent';
import { INFER, predictFunction, type TestFunction } from '../../function';

const data = [5.123456, 3.5, 1.4, 0.2];
const body = { id: 'my-secret-id', inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 4], data }] };
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('[X.5] one line per request is log and metrics', () => {
  it('a prediction', async () => {
    const fn = predictFunction('iris');
    await fn.service.models.load();
    const before = fn.log.length;
    await fn.post(INFER, body, { parameters: { model: 'iris' }, headers: { traceparent } });
    expect(fn.log).toHaveLength(before + 1);
    expect(fn.log.at(-1)).toEqual({
      _aws: {
        Timestamp: expect.any(Number),
        CloudWatchMetrics: [
          {
            Namespace: METRIC_NAMESPACE,
            Dimensions: [METRIC_DIMENSIONS],
            Metrics: expect.arrayContaining(
              Object.values(METRICS).map(({ name, unit }) => ({ Name: name, Unit: unit })),
            ),
          },
        ],
      },
      Requests: 1,
      Latency: expect.any(Number),
      ModelLatency: expect.any(Number),
      ClientErrors: 0,
      ServerErrors: 0,
      Rows: 1,
      ColdStarts: 1,
      service: 'test-service',
      model: 'iris',
      version: '1.0.0',
      revision: expect.any(String),
      requestId: 'gateway-request-1',
      traceparent: expect.stringMatching(/^00-0af7651916cd43dd8448eb211c80319c-[\da-f]{16}-01$/),
      operation: 'infer',
      status: 200,
      rows: 1,
      latencyMs: expect.any(Number),
      modelLatencyMs: expect.any(Number),
      coldStart: true,
      environment: '2026/11/22/[1]abc',
    });
  });

  it('a refusal counts as a client error and names code and field', async () => {
    const fn = predictFunction('iris');
    await fn.post(INFER, { inputs: [] });
    await fn.post(INFER, { inputs: [] });
    const line = fn.log.at(-1);
    expect(line).toMatchObject({ ClientErrors: 1, ServerErrors: 0, code: 'MISSING_TENSOR', field: 'inputs' });
    expect(line?.coldStart).toBe(false);
    expect(line).not.toHaveProperty('ModelLatency');
    expect(JSON.stringify(line?._aws)).not.toContain('ModelLatency');
  });

  it('a model that is not ready counts as a server error', async () => {
    const fn = predictFunction('corrupt');
    await fn.post(INFER, body);
    expect(fn.log.at(-1)).toMatchObject({ ServerErrors: 1, status: 503, code: 'MODEL_NOT_READY' });
  });

  it('an environment counts as a cold start once, whatever it was started for', async () => {
    const [asked, checked, waiting] = [
      predictFunction('iris'),
      predictFunction('iris'),
      predictFunction('iris', { env: { AWS_LAMBDA_INITIALIZATION_TYPE: 'provisioned-concurrency' } }),
    ];
    for (const fn of [asked, checked, waiting]) {
      if (fn === checked) await fn.get('/v2/health/live');
      await fn.post(INFER, body);
      await fn.post(INFER, body);
    }
    const coldStarts = ({ log }: TestFunction) =>
      log.filter(({ operation }) => operation).map((line) => line.ColdStarts);
    expect(coldStarts(asked)).toEqual([1, undefined]);
    expect(coldStarts(checked)).toEqual([1, undefined, undefined]);
    expect(coldStarts(waiting)).toEqual([undefined, undefined]);
    for (const line of [...asked.log, ...checked.log]) {
      expect(JSON.stringify(line._aws ?? '').includes('"ColdStarts"')).toBe('ColdStarts' in line);
    }
  });

  it('what is no prediction is logged without metrics', async () => {
    const fn = predictFunction('iris');
    await fn.get('/v2/health/live');
    await fn.get('/v2/health/live');
    expect(fn.log.at(-1)).toMatchObject({ operation: 'serverLive', status: 200 });
    expect(fn.log.at(-1)).not.toHaveProperty('_aws');
  });

  it('[X.10] nothing of the payload is logged, good or bad', async () => {
    const fn = predictFunction('iris');
    await fn.post(INFER, body);
    await fn.post(INFER, { ...body, inputs: [{ ...body.inputs[0], data: ['my-secret-value', 5.123456, 1, 1] }] });
    await fn.post(INFER, '{"my-secret-value');
    expect(JSON.stringify(fn.log)).not.toMatch(/secret|5\.123456/);
  });
});

describe('[X.5] traceparent', () => {
  it('a child keeps trace and flags and gets a span of its own', () => {
    const child = childTraceparent(traceparent);
    expect(child).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[\da-f]{16}-01$/);
    expect(child).not.toBe(traceparent);
  });

  it('passes on the flags that are defined, and no tracestate: it is of no use in a log line', async () => {
    expect(childTraceparent(traceparent.replace(/01$/, 'ff'))).toMatch(/-03$/);
    const fn = predictFunction('iris');
    const headers = { traceparent, tracestate: 'vendor=opaque-value' };
    const answer = await fn.post(INFER, body, { headers });
    expect(JSON.stringify([fn.log, answer])).not.toContain('opaque-value');
    expect(fn.log.at(-1)?.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[\da-f]{16}-01$/);
  });

  it.each([undefined, '', 'x', `ff${traceparent.slice(2)}`, traceparent.replace(/b7ad6b7169203331/, '0'.repeat(16))])(
    '%j starts a trace',
    (parent) => {
      const started = childTraceparent(parent);
      expect(started).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-00$/);
      expect(started).not.toContain('0af7651916cd43dd8448eb211c80319c');
    },
  );
});
