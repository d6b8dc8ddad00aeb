import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CONTRACT_VERSION } from '../../../lambdas/shared/contract';
import { ServingError } from '../../../lambdas/shared/errors';
import { DEADLINE_MS, INFER } from '../function';
import { composedFunction } from './composed';

const flower = { name: 'features', datatype: 'FP32', shape: [2, 4], data: [5.1, 3.5, 1.4, 0.2, 6.7, 3.0, 5.2, 2.3] };
const parameters = { model: 'iris' };

describe('a predictor that asks another answers as that one does', () => {
  it.each([
    ['tensors', INFER, { id: 'mine', inputs: [flower] }, {}],
    ['some of the outputs', INFER, { inputs: [flower], outputs: [{ name: 'label' }] }, {}],
    ['rows', '/predict', { instances: [[5.1, 3.5, 1.4, 0.2]] }, {}],
  ])('%s', async (_, resource, body, headers) => {
    const { post, predictor } = composedFunction('iris');
    const options = { parameters, headers };
    const [direct, composed] = await Promise.all([
      predictor.post(resource, body, options),
      post(resource, body, options),
    ]);
    expect(composed.statusCode).toBe(200);
    expect(composed.json).toEqual(direct.json);
    expect(composed.headers).toEqual(direct.headers);
  });

  it('an image, and bytes for bytes', async () => {
    const { post, predictor } = composedFunction('digits');
    const image = readFileSync('models/digits/samples/7.png');
    const options = { parameters: { model: 'digits' }, headers: { 'Content-Type': 'image/png' } };
    expect((await post('/predict', image, options)).json).toEqual(
      (await predictor.post('/predict', image, options)).json,
    );
    const binary = {
      parameters: { model: 'digits' },
      headers: { 'Inference-Header-Content-Length': '0', Accept: '*/*', 'Content-Type': 'application/octet-stream' },
    };
    const pixels = Buffer.from(new Float32Array(784).fill(0.5).buffer);
    const ours = await post(INFER, pixels, binary);
    expect(ours.isBase64Encoded).toBe(true);
    expect(ours.headers['inference-header-content-length']).toMatch(/^\d+$/);
  });

  it('[X.1] [X.5] the ids, the rest of the deadline and what the client says of caches go on', async () => {
    const { asked, log, post, predictor } = composedFunction('iris');
    const headers = {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'Cache-Control': 'no-cache',
    };
    const receivedMs = Date.now();
    const { headers: answered } = await post(INFER, { inputs: [flower] }, { parameters, headers, receivedMs });
    expect(answered).toMatchObject({
      'x-request-id': 'gateway-request-1',
      'x-model-name': 'iris',
      'x-model-version': '1.0.0',
    });
    const [sent] = asked;
    expect(sent).toMatchObject({
      requestId: 'gateway-request-1',
      principal: 'anyone',
      cacheControl: 'no-cache',
      // What is left is for the answer to come back.
      deadlineMs: receivedMs + DEADLINE_MS - 100,
    });
    const traces = [...log, ...predictor.log]
      .map(({ traceparent }) => `${traceparent}`)
      .filter((text) => text !== 'undefined');
    expect(traces).toHaveLength(2);
    expect(new Set(traces.map((trace) => trace.split('-')[1]))).toEqual(new Set(['0af7651916cd43dd8448eb211c80319c']));
  });

  it('[X.2] what is wrong is refused here, with its field', async () => {
    const { asked, post } = composedFunction('iris');
    const short = { ...flower, data: [1, 2] };
    expect(await post(INFER, { inputs: [short] }, { parameters })).toMatchObject({
      statusCode: 400,
      json: { code: 'INVALID_SHAPE', field: 'inputs[0].data' },
    });
    expect(await post(INFER, { inputs: [flower] }, { parameters: { model: 'digits' } })).toMatchObject({
      statusCode: 404,
    });
    expect(asked).toEqual([]);
  });

  it('a failed step is named, in the answer and in the log', async () => {
    const { log, post } = composedFunction('iris', () => async () => {
      throw new ServingError('BAD_GATEWAY', 'The predictor failed.', { stage: 'classify', cause: new Error('why') });
    });
    expect(await post(INFER, { inputs: [flower] }, { parameters })).toMatchObject({
      statusCode: 502,
      json: { code: 'BAD_GATEWAY', stage: 'classify', requestId: 'gateway-request-1' },
    });
    expect(log.at(-1)).toMatchObject({ status: 502, stage: 'classify', reason: 'why' });
  });

  it('what happened on the way is told in headers, and to who asks by direct invoke', async () => {
    const marked = composedFunction('iris', (ask) => async (question) => ({
      ...(await ask(question)),
      marks: { 'x-cache': 'HIT' },
    }));
    expect((await marked.post(INFER, { inputs: [flower] }, { parameters })).headers['x-cache']).toBe('HIT');
    const request = {
      v: CONTRACT_VERSION,
      requestId: 'r',
      deadlineMs: Date.now() + 60_000,
      request: { id: 'mine', inputs: [flower] },
    };
    expect(await marked.invoke(request)).toMatchObject({ marks: { 'x-cache': 'HIT' }, response: { id: 'mine' } });
  });

  it('[X.4] nobody is asked when nobody waits any more', async () => {
    const { asked, invoke } = composedFunction('iris');
    const request = { v: CONTRACT_VERSION, requestId: 'r', deadlineMs: Date.now() - 1, request: { inputs: [flower] } };
    expect(await invoke(request)).toMatchObject({ status: 504, error: { code: 'DEADLINE_EXCEEDED' } });
    expect(asked).toEqual([]);
  });

  it('the metadata is that of the card', async () => {
    const { get, predictor } = composedFunction('iris');
    for (const resource of [
      '/v2/models/{model}',
      '/v2',
      '/v2/health/live',
      '/v2/models/{model}/ready',
      '/openapi.json',
    ]) {
      const [ours, theirs] = await Promise.all([get(resource, parameters), predictor.get(resource, parameters)]);
      expect(ours.statusCode).toBe(200);
      expect(ours.json).toEqual(theirs.json);
    }
  });
});
