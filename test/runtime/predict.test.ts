import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Golden, InferRequest, InferResponse, PredictorSuccess, WireTensor } from '../../lambdas/shared/contract';
import { gatewayEvent, inferEvent, predictorRequest } from './events';
import { predictFunction } from './function-folder';
import { ROOT } from './install';
import { LambdaFunction } from './lambda-function';

describe.each(['iris', 'digits'])('%s in AWS Lambda', (model) => {
  const folder = path.join(ROOT, 'models', model);
  const golden: Golden = JSON.parse(readFileSync(path.join(folder, 'golden.json'), 'utf8'));
  const cases = golden.cases.map(({ name, inputs, outputs }) => ({ name, request: { inputs }, outputs }));
  let fn: LambdaFunction;

  beforeAll(async () => {
    fn = await LambdaFunction.start(predictFunction(folder));
  });
  afterAll(() => fn?.stop());

  test('the model is loaded before the first request', async () => {
    expect(fn.initLines.map((line) => JSON.parse(line).event)).toEqual(['model_loaded']);
    const { stdout, response } = await fn.invoke<APIGatewayProxyResult>(inferEvent(model, firstOf(cases)));
    expect(response.statusCode).toBe(200);
    expect(stdout).toHaveLength(1);
    expect(JSON.parse(stdout[0] as string)).toMatchObject({ operation: 'infer', coldStart: true });
  });

  test.each(cases)('golden case $name through the gateway and by invoke', async ({ request, outputs }) => {
    const http = await fn.invoke<APIGatewayProxyResult>(inferEvent(model, request));
    expect(http.response.statusCode, http.response.body).toBe(200);
    expectOutputs(JSON.parse(http.response.body), outputs, golden.tolerance);
    const direct = await fn.invoke<PredictorSuccess>(predictorRequest(request));
    expect(direct.response, JSON.stringify(direct.response)).toMatchObject({ v: 1, status: 200 });
    expectOutputs(direct.response.response, outputs, golden.tolerance);
  });

  test('an empty event is the self-test', async () => {
    const { response, failed } = await fn.invoke<{ cases: number }>({});
    expect(failed, JSON.stringify(response)).toBe(false);
    expect(response.cases).toBe(golden.cases.length);
  });

  test('one line a request on stdout, which is valid EMF, and nothing on stderr', async () => {
    const events = [
      inferEvent(model, firstOf(cases)),
      predictorRequest(firstOf(cases)),
      inferEvent(model, { inputs: [] }),
      inferEvent('another', firstOf(cases)),
      gatewayEvent({ method: 'POST', resource: '/predict', body: '{"instances": 1' }),
    ];
    for (const event of events) {
      const { stdout, stderr } = await fn.invoke(event);
      expect(stderr).toEqual([]);
      expect(stdout).toHaveLength(1);
      expectEmbeddedMetrics(JSON.parse(stdout[0] as string));
    }
    const health = await fn.invoke(gatewayEvent({ method: 'GET', resource: '/v2/health/ready' }));
    expect(health.stdout).toHaveLength(1);
  });
});

function firstOf(cases: readonly { readonly request: InferRequest }[]): InferRequest {
  const [first] = cases;
  if (!first) throw new Error('the model has no golden case');
  return first.request;
}

function expectOutputs(response: InferResponse, expected: readonly WireTensor[], tolerance: number): void {
  const shapes = (tensors: readonly WireTensor[]) =>
    tensors.map(({ name, datatype, shape }) => [name, datatype, shape]);
  expect(shapes(response.outputs)).toEqual(shapes(expected));
  for (const [i, { name, data }] of expected.entries()) {
    const actual = (response.outputs[i]?.data ?? []).flat(Infinity);
    const wanted = (data ?? []).flat(Infinity);
    const wrong = wanted.findIndex((value, at) => !(Math.abs(Number(actual[at]) - Number(value)) <= tolerance));
    expect(wrong, `${name}: got ${actual}, expected ${wanted}`).toBe(-1);
  }
}

/** CloudWatch drops what does not follow the embedded metric format without a word. */
function expectEmbeddedMetrics(line: Record<string, unknown>): void {
  const { _aws: aws } = line as { _aws: { Timestamp: number; CloudWatchMetrics: Directive[] } };
  expect(Math.abs(Date.now() - aws.Timestamp)).toBeLessThan(60_000);
  expect(aws.CloudWatchMetrics.length).toBeGreaterThan(0);
  for (const { Namespace, Dimensions, Metrics } of aws.CloudWatchMetrics) {
    expect(Namespace).toMatch(/^[\w./#:-]{1,255}$/);
    for (const dimension of Dimensions.flat()) expect(line[dimension]).toEqual(expect.any(String));
    expect(Metrics.length).toBeGreaterThan(0);
    for (const { Name, Unit } of Metrics) {
      expect(line[Name], Name).toEqual(expect.any(Number));
      expect(['Count', 'Milliseconds']).toContain(Unit);
    }
  }
}

interface Directive {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
}
