import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../../lambdas/shared/contract';
import { gatewayEvent, INFER, predictFunction } from '../function';
import { manifestOf } from '../manifest';

const iris = predictFunction('iris');
const parameters = { model: 'iris' };
const body = { inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] }] };

describe('[X.1] a success carries request id, model name and model version', () => {
  it.each([
    [INFER, body],
    ['/predict', { instances: [[5.1, 3.5, 1.4, 0.2]] }],
  ])('%s', async (resource, request) => {
    const answer = await iris.post(resource, request, resource === INFER ? { parameters } : {});
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toEqual({
      'content-type': 'application/json',
      'x-request-id': 'gateway-request-1',
      'x-model-name': 'iris',
      'x-model-version': '1.0.0',
    });
    expect(answer.json).toMatchObject({ model_name: 'iris', model_version: '1.0.0' });
  });
});

describe('the protocol around a prediction', () => {
  it('GET /v2 describes the server', async () => {
    const answer = await iris.get('/v2');
    expect(answer.json).toEqual({
      name: 'cdk-ml-serving',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      extensions: expect.any(Array),
    });
  });

  it('the metadata of a model is its signature', async () => {
    const manifest = manifestOf('iris');
    for (const path of ['/v2/models/{model}', '/v2/models/{model}/versions/{version}']) {
      const { json } = await iris.get(path, { model: 'iris', version: '1.0.0' });
      expect(json).toEqual({
        name: 'iris',
        versions: ['1.0.0'],
        platform: 'onnxruntime_onnx',
        inputs: [{ name: 'features', datatype: 'FP32', shape: [-1, 4] }],
        outputs: [
          { name: 'label', datatype: 'INT64', shape: [-1] },
          { name: 'probabilities', datatype: 'FP32', shape: [-1, 3] },
        ],
        parameters: { revision: manifest.revision, description: manifest.description },
      });
    }
  });

  it('live, ready and ready of the model', async () => {
    expect((await iris.get('/v2/health/live')).json).toEqual({ live: true });
    expect((await iris.get('/v2/health/ready')).json).toEqual({ ready: true });
    expect((await iris.get('/v2/models/{model}/ready', parameters)).json).toEqual({ name: 'iris', ready: true });
  });

  it('another model or version is 404 MODEL_NOT_FOUND, wherever it is asked for', async () => {
    for (const { method, path } of ROUTES.filter((route) => route.path.includes('{model}'))) {
      const post = { body, parameters: { model: 'rose', version: '1.0.0' } };
      const other = (await iris.invoke(gatewayEvent(method, path, post))) as { statusCode: number; body: string };
      expect(other.statusCode).toBe(404);
      expect(JSON.parse(other.body)).toMatchObject({ code: 'MODEL_NOT_FOUND', requestId: 'gateway-request-1' });
    }
    const version = await iris.post('/v2/models/{model}/versions/{version}/infer', body, {
      parameters: { model: 'iris', version: '2.0.0' },
    });
    expect(version.json.code).toBe('MODEL_NOT_FOUND');
    expect(version.headers['x-model-version']).toBe('1.0.0');
  });

  it('path parameters are decoded', async () => {
    const fn = predictFunction('iris', { manifest: { name: 'ir is' } });
    expect((await fn.get('/v2/models/{model}', { model: 'ir%20is' })).statusCode).toBe(200);
    expect((await fn.get('/v2/models/{model}', { model: '%E0%A4%A' })).statusCode).toBe(404);
  });

  it('an unknown path is 404, a known one with another method 405', async () => {
    expect((await iris.get('/v3')).json.code).toBe('NOT_FOUND');
    expect((await iris.get(INFER, parameters)).json.code).toBe('METHOD_NOT_ALLOWED');
    expect((await iris.get('/predict')).statusCode).toBe(405);
  });

  it('an event with nothing optional in it still gets an answer', async () => {
    const event = { httpMethod: 'POST', resource: '/predict', headers: null, body: null, requestContext: undefined };
    const answer = (await iris.invoke(event)) as { statusCode: number; headers: Record<string, string> };
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
  });
});
