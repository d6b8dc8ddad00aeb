import { describe, expect, it } from 'vitest';
import { ENV, type PayloadLogSettings } from '../../../../lambdas/shared/contract';
import { isSampled } from '../../../../lambdas/shared/telemetry/payload-log';
import { INFER, predictFunction, type TestFunction } from '../../function';

const SETTINGS: PayloadLogSettings = { sampleRate: 1, redact: [], maxBytes: 4096 };
const logging = (model: string, settings: Partial<PayloadLogSettings> = {}) =>
  predictFunction(model, { env: { [ENV.payloadLog]: JSON.stringify({ ...SETTINGS, ...settings }) } });
const infer = (fn: TestFunction, name: string, datatype: string, shape: number[], data: unknown[]) =>
  fn.post(INFER, { id: 'my-id', inputs: [{ name, datatype, shape, data }] });
const flower = (fn: TestFunction) => infer(fn, 'features', 'FP32', [1, 4], [5.5, 3.5, 1.5, 0.25]);
// biome-ignore lint/suspicious/noExplicitAny: tests look into it
const payloads = (fn: TestFunction): any[] => fn.log.filter(({ event }) => event === 'payload');

describe('[X.10] the payload log', () => {
  it('is off unless it is asked for', async () => {
    const fn = predictFunction('iris');
    expect((await flower(fn)).statusCode).toBe(200);
    expect(payloads(fn)).toEqual([]);
    expect(fn.service.payloadLog).toBeUndefined();
  });

  it('holds inputs and outputs beside the line of the request, under its id', async () => {
    const fn = logging('iris');
    await flower(fn);
    expect(payloads(fn)).toEqual([
      {
        service: 'test-service',
        environment: '2026/11/22/[1]abc',
        event: 'payload',
        model: 'iris',
        version: '1.0.0',
        revision: expect.any(String),
        requestId: 'gateway-request-1',
        inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 4], data: [5.5, 3.5, 1.5, 0.25] }],
        outputs: [
          { name: 'label', datatype: 'INT64', shape: [1], data: ['0'] },
          { name: 'probabilities', datatype: 'FP32', shape: [1, 3], data: expect.any(Array) },
        ],
      },
    ]);
    expect(fn.log.filter(({ operation }) => operation === 'infer')).toHaveLength(1);
    expect(JSON.stringify(fn.log)).not.toContain('my-id');
  });

  it('of calls by invoke too', async () => {
    const fn = logging('iris');
    const inputs = [{ name: 'features', datatype: 'FP32', shape: [1, 4], data: [5.5, 3.5, 1.5, 0.25] }];
    await fn.invoke({ v: 1, requestId: 'request-7', deadlineMs: Date.now() + 60_000, request: { inputs } });
    expect(payloads(fn)).toMatchObject([{ requestId: 'request-7', inputs: [{ data: [5.5, 3.5, 1.5, 0.25] }] }]);
  });

  it('holds nothing of a request that is refused: which tensor is what is not known there', async () => {
    const fn = logging('iris');
    await infer(fn, 'features', 'FP32', [1, 4], [5.5, 'my-secret', 1, 1]);
    expect(payloads(fn)).toEqual([]);
    expect(JSON.stringify(fn.log)).not.toContain('my-secret');
  });

  it('holds no value of a tensor that is redacted', async () => {
    const fn = logging('iris', { redact: ['features', 'probabilities'] });
    await flower(fn);
    const [{ inputs, outputs }] = payloads(fn);
    expect(inputs).toEqual([{ name: 'features', datatype: 'FP32', shape: [1, 4], redacted: true }]);
    expect(outputs[0].data).toEqual(['0']);
    expect(outputs[1]).toEqual({ name: 'probabilities', datatype: 'FP32', shape: [1, 3], redacted: true });

    const text = logging('identity-bytes', { redact: ['x', 'y'] });
    expect((await infer(text, 'x', 'BYTES', [1, 2], ['my-secret', 'b'])).statusCode).toBe(200);
    expect(payloads(text)).toHaveLength(1);
    expect(JSON.stringify(text.log)).not.toContain('my-secret');
  });

  it('is bounded: the first values of each tensor that fit in its share', async () => {
    const fn = logging('iris', { maxBytes: 90 });
    const rows = 500;
    await infer(fn, 'features', 'FP32', [rows, 4], Array(rows * 4).fill(1.5));
    const [{ inputs, outputs }] = payloads(fn);
    expect(inputs[0]).toMatchObject({ shape: [rows, 4], data: Array(7).fill(1.5), truncated: true });
    for (const { data, truncated } of outputs) {
      expect(JSON.stringify(data).length).toBeLessThanOrEqual(32);
      expect(truncated).toBe(true);
    }
    const text = logging('identity-bytes', { maxBytes: 64 });
    await infer(text, 'x', 'BYTES', [1, 2], ['ä'.repeat(20), 'b']);
    expect(payloads(text)[0].inputs[0]).toMatchObject({ data: [], truncated: true });
  });

  it.each<[string, string, unknown[], unknown[]]>([
    ['INT64', 'identity-int64', ['9007199254740993', 1], ['9007199254740993', '1']],
    ['BOOL', 'identity-bool', [true, false], [1, 0]],
    ['BYTES', 'identity-bytes', ['text', ''], ['text', '']],
  ])('writes %s so that JSON keeps it', async (datatype, model, sent, logged) => {
    const fn = logging(model);
    expect((await infer(fn, 'x', datatype, [1, 2], sent)).statusCode).toBe(200);
    expect(payloads(fn)[0].inputs[0].data).toEqual(logged);
  });

  it('is of a sample that the request id alone decides', () => {
    const ids = Array.from({ length: 10_000 }, (_, index) => `request-${index}`);
    const sample = (rate: number) => ids.filter((id) => isSampled(id, rate));
    for (const rate of [0.01, 0.1, 0.5]) {
      expect(Math.abs(sample(rate).length / ids.length - rate)).toBeLessThan(0.02);
      expect(sample(rate)).toEqual(sample(rate));
    }
    expect(sample(1)).toEqual(ids);
    expect(sample(0.5)).toEqual(expect.arrayContaining(sample(0.1)));
  });

  it('has what is sampled and nothing else', async () => {
    const fn = logging('iris', { sampleRate: 0.5 });
    const inputs = [{ name: 'features', datatype: 'FP32', shape: [1, 4], data: [5.5, 3.5, 1.5, 0.25] }];
    const ids = Array.from({ length: 40 }, (_, index) => `request-${index}`);
    for (const requestId of ids)
      await fn.invoke({ v: 1, requestId, deadlineMs: Date.now() + 60_000, request: { inputs } });
    const expected = ids.filter((id) => isSampled(id, 0.5));
    expect(payloads(fn).map(({ requestId }) => requestId)).toEqual(expected);
    expect(expected.length).toBeGreaterThan(5);
    expect(expected.length).toBeLessThan(35);
  });
});
