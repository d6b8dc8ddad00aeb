import { readFileSync } from 'node:fs';
import { describe, expect, inject, test } from 'vitest';
import type { HttpErrorBody, InferResponse } from '../../lambdas/shared/contract';
import { call, expectOutputs, golden, infer, logLineOf, logLines, post, signed } from './client';
import { needing } from './needing';

const services = inject('demo').services;
const iris = services.iris ?? { url: '', resources: {} as Record<string, string> };
const digits = services.digits ?? { url: '', resources: {} as Record<string, string> };
const closed = services['iris-signed'] ?? { url: '', resources: {} as Record<string, string> };

const row = [5.1, 3.5, 1.4, 0.2];
const body = (data: unknown, shape = [1, 4]) => ({ inputs: [{ name: 'features', datatype: 'FP32', shape, data }] });

describe.each([
  ['[1.1] iris (web-single)', 'iris', 'models/iris', () => iris.url],
  ['[2.1] digits (synchronous)', 'digits', 'models/digits', () => digits.url],
])('%s', (_, model, folder, url) => {
  const { cases, tolerance } = golden(folder);

  test.each(cases)(
    'a golden input gives the expected label and probabilities in the body: $name',
    async ({ inputs, outputs }) => {
      const answer = await infer(url(), model, { id: 'mine', inputs });
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ model_name: model, model_version: '1.0.0', id: 'mine' });
      expectOutputs(answer.body.outputs, outputs, tolerance);
    },
  );

  test('[X.1] a success carries request id, model name and model version', async () => {
    const { headers } = await infer(url(), model, { inputs: cases[0]?.inputs });
    expect(headers.get('x-request-id')).toMatch(/^[\w-]{8,}$/);
    expect(headers.get('x-model-name')).toBe(model);
    expect(headers.get('x-model-version')).toBe('1.0.0');
  });

  test('[X.3] it is live, and ready once its model is loaded', async () => {
    expect((await call(`${url()}/v2/health/live`)).body).toEqual({ live: true });
    expect((await call(`${url()}/v2/health/ready`)).body).toEqual({ ready: true });
    expect((await call(`${url()}/v2/models/${model}/ready`)).status).toBe(200);
    expect((await call(`${url()}/v2/models/${model}/versions/1.0.0/ready`)).status).toBe(200);
  });

  test('it tells its signature', async () => {
    const { body: metadata } = await call<{ inputs: unknown[] }>(`${url()}/v2/models/${model}`);
    expect(metadata).toMatchObject({ name: model, versions: ['1.0.0'], platform: 'onnxruntime_onnx' });
    expect(metadata.inputs[0]).toMatchObject({ name: cases[0]?.inputs[0]?.name, datatype: 'FP32' });
  });
});

test('[X.2] N rows in, N predictions out, in order', async () => {
  const rows = Array.from({ length: 300 }, (_, index) => row.map((value) => value + (index % 4)));
  const together = await infer(iris.url, 'iris', body(rows.flat(), [300, 4]));
  expect(together.body.outputs[1]?.shape).toEqual([300, 3]);
  for (const index of [0, 1, 2, 3]) {
    const alone = await infer(iris.url, 'iris', body(rows[index]));
    const from = (together.body.outputs[1]?.data?.slice(index * 3, index * 3 + 3) ?? []) as number[];
    for (const [at, value] of (alone.body.outputs[1]?.data ?? []).entries()) {
      expect(from[at]).toBeCloseTo(Number(value), 6);
    }
  }
});

test.each<[string, unknown, number, string, string | undefined]>([
  ['malformed JSON', '{"inputs": [', 400, 'MALFORMED_JSON', undefined],
  [
    'a wrong tensor name',
    { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: row }] },
    400,
    'UNKNOWN_TENSOR',
    'inputs[0].name',
  ],
  ['a wrong shape', body(row, [1, 5]), 400, 'INVALID_SHAPE', 'inputs[0].shape'],
  ['a row that is too short', body([[1, 2, 3]]), 400, 'INVALID_SHAPE', 'inputs[0].data'],
  [
    'a wrong datatype',
    { inputs: [{ name: 'features', datatype: 'INT64', shape: [1, 4], data: row }] },
    400,
    'INVALID_DATATYPE',
    'inputs[0].datatype',
  ],
  [
    'NaN',
    '{"inputs":[{"name":"features","datatype":"FP32","shape":[1,4],"data":[1,2,3,NaN]}]}',
    400,
    'INVALID_VALUE',
    'inputs[0].data[3]',
  ],
  ['null for a number', body([1, 2, 3, null]), 400, 'INVALID_VALUE', 'inputs[0].data[3]'],
  [
    'a body that is too large',
    `{"inputs":[],"padding":"${'x'.repeat(4 * 1024 * 1024)}"}`,
    413,
    'PAYLOAD_TOO_LARGE',
    undefined,
  ],
])(
  '[X.2] %s is refused with a code and the field, and the model is not run',
  async (_, request, status, code, field) => {
    const answer = await infer(iris.url, 'iris', request);
    expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
    if (field) expect(answer.body.field).toContain(field);
    expect(answer.body.error).toBeTruthy();
    expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'));
    const line = await logLineOf(iris.resources.logGroup ?? '', answer.headers.get('x-request-id'));
    expect(line).toMatchObject({ status, code });
    expect(line.modelLatencyMs).toBeUndefined();
  },
);

test('[1.5] rows as they come out of a table', async () => {
  const answer = await post<{ predictions: unknown[] }>(`${iris.url}/predict`, {
    instances: [row, [6.7, 3, 5.2, 2.3]],
  });
  expect(answer.body.predictions).toHaveLength(2);
  expect(JSON.stringify(answer.body.predictions[0])).toContain('setosa');
  expect(JSON.stringify(answer.body.predictions[1])).toContain('virginica');
});

test.each([
  ['7.png', 'image/png', '7'],
  ['3.jpg', 'image/jpeg', '3'],
  ['5-large.png', 'image/png', '5'],
])('[1.5] the image %s is decoded and scaled in the function', async (file, type, label) => {
  const image = new Uint8Array(readFileSync(`models/digits/samples/${file}`));
  const answer = await post<InferResponse>(`${digits.url}/v2/models/digits/infer`, image, { 'content-type': type });
  expect(answer.status).toBe(200);
  expect(String(answer.body.outputs.find(({ name }) => name === 'label')?.data?.[0])).toBe(label);
});

needing('iam').describe('[X.8] AWS IAM', () => {
  const request = { method: 'POST', body: JSON.stringify(body(row)), headers: { 'content-type': 'application/json' } };
  const url = `${closed.url}/v2/models/iris/infer`;
  const invocations = async () =>
    (await logLines(closed.resources.logGroup ?? '')).filter(({ operation }) => operation).length;

  test('a signed call is answered', async () => {
    const answer = await call<InferResponse>(url, request, signed());
    expect(answer.status).toBe(200);
    expect(answer.body.model_name).toBe('iris');
  });

  test('an unsigned call is refused before the predictor runs, in the shape of our errors', async () => {
    const before = await invocations();
    const answer = await call<HttpErrorBody>(url, request);
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ code: 'FORBIDDEN', error: expect.any(String), requestId: expect.any(String) });
    expect(await invocations()).toBe(before);
  });
});

describe('[X.5] one log line for each request', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

  test('joined by request id and trace, with the metrics in it', async () => {
    const answer = await post(`${iris.url}/v2/models/iris/infer`, body(row), { traceparent });
    const requestId = answer.headers.get('x-request-id');
    const line = await logLineOf(iris.resources.logGroup ?? '', requestId);
    expect(line).toMatchObject({
      service: 'local-iris',
      model: 'iris',
      version: '1.0.0',
      operation: 'infer',
      status: 200,
      rows: 1,
      Requests: 1,
      ServerErrors: 0,
      _aws: { CloudWatchMetrics: [{ Namespace: 'CdkMlServing', Dimensions: [['service', 'model']] }] },
    });
    expect(line.Latency).toBeGreaterThan(0);
    expect(line.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/);
    const same = (await logLines(iris.resources.logGroup ?? '')).filter((other) => other.requestId === requestId);
    expect(same).toHaveLength(1);
  });

  test('[X.10] and no payload', async () => {
    const answer = await infer(iris.url, 'iris', { ...body([5.123456, 3, 1, 0.25]), id: 'private-id' });
    const line = JSON.stringify(await logLineOf(iris.resources.logGroup ?? '', answer.headers.get('x-request-id')));
    expect(line).not.toContain('5.123456');
    expect(line).not.toContain('private-id');
  });
});

const expectNotFound = async (path: string, method: string) => {
  const answer = await call<HttpErrorBody>(`${iris.url}${path}`, { method });
  expect({ path, status: answer.status }).toEqual({ path, status: 404 });
  expect(answer.body.code).toMatch(/NOT_FOUND/);
  expect((await infer(iris.url, 'iris', body(row))).status).toBe(200);
};

test.each([
  ['model', '/v2/models/other'],
  ['version', '/v2/models/iris/versions/9'],
])('an unknown %s is 404 in our shape, and the next request is fine', (_, path) => expectNotFound(path, 'GET'));

needing('gatewayResponses').test.each([
  ['an unknown route', '/nowhere', 'GET'],
  ['a wrong method', '/v2/models/iris/infer', 'DELETE'],
])('%s is 404 in our shape, and the next request is fine', (_, path, method) => expectNotFound(path, method));
