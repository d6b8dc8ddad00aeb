import { Ajv2020 } from 'ajv/dist/2020';
import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../../lambdas/shared/contract';
import { gatewayEvent, INFER, predictFunction } from '../function';
import { goldenOf } from '../manifest';

const MODELS = [
  'iris',
  'digits',
  'digits-fast',
  'two-in-two-out',
  'scalar',
  'fixed-batch',
  'identity-bytes',
  'identity-bool',
];

async function documentOf(name: string) {
  const fn = predictFunction(name);
  const { json } = await fn.get('/openapi.json');
  const ajv = new Ajv2020({ strict: false });
  ajv.addSchema(json, 'document');
  const errorsOf = (schema: string, value: unknown) => {
    const validate = ajv.compile({ $ref: `document#/components/schemas/${schema}` });
    return validate(value) ? [] : validate.errors;
  };
  return { fn, json, errorsOf };
}

describe('GET /openapi.json', () => {
  it('is OpenAPI 3.1 with one operation for every route', async () => {
    const { json } = await documentOf('iris');
    expect(json).toMatchObject({
      openapi: '3.1.0',
      info: { title: 'iris', version: '1.0.0' },
      servers: [{ url: '.' }],
    });
    const operations = Object.entries(json.paths).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(operations.sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
    const ids = [...JSON.stringify(json).matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ROUTES.length);
  });

  it('every reference leads somewhere, every path parameter is declared', async () => {
    const { json } = await documentOf('two-in-two-out');
    for (const [, path = ''] of JSON.stringify(json).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      expect(
        path.split('/').reduce((node, key) => node?.[key], json),
        path,
      ).toBeDefined();
    }
    for (const [path, methods] of Object.entries(json.paths)) {
      for (const operation of Object.values(
        methods as Record<string, { parameters?: { name: string; in: string }[] }>,
      )) {
        const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
        expect(declared.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
      }
    }
  });

  it.each(MODELS)('golden requests and answers of %s are what it describes', async (name) => {
    const { errorsOf, fn } = await documentOf(name);
    for (const { inputs } of goldenOf(name).cases) {
      const request = { id: 'x', inputs };
      expect(errorsOf('InferRequest', request)).toEqual([]);
      expect(errorsOf('InferResponse', (await fn.post(INFER, request)).json)).toEqual([]);
    }
    expect(errorsOf('ModelMetadata', (await fn.get('/v2/models/{model}')).json)).toEqual([]);
    expect(errorsOf('ServerMetadata', (await fn.get('/v2')).json)).toEqual([]);
    expect(errorsOf('Ready', (await fn.get('/v2/health/ready')).json)).toEqual([]);
    expect(errorsOf('Error', (await fn.post(INFER, '{')).json)).toEqual([]);
  });

  it('rows and predictions are what it describes', async () => {
    for (const [name, instances] of [
      [
        'iris',
        [
          [5.1, 3.5, 1.4, 0.2],
          [6.7, 3, 5.2, 2.3],
        ],
      ],
      ['two-in-two-out', [{ a: [1, 2, 3], b: [1] }]],
    ] as const) {
      const { errorsOf, fn } = await documentOf(name);
      expect(errorsOf('Rows', { instances })).toEqual([]);
      expect(errorsOf('Predictions', (await fn.post('/predict', { instances })).json)).toEqual([]);
    }
  });

  it('what the service refuses is not what it describes', async () => {
    const { errorsOf } = await documentOf('iris');
    const features = { name: 'features', datatype: 'FP32', shape: [1, 4], data: [5.1, 3.5, 1.4, 0.2] };
    for (const change of [
      { name: 'x' },
      { datatype: 'FP64' },
      { shape: [1, 3] },
      { shape: [4] },
      { data: ['a', 1, 2, 3] },
      { data: [11, 1, 1, 1] },
    ]) {
      expect(errorsOf('InferRequest', { inputs: [{ ...features, ...change }] }), JSON.stringify(change)).not.toEqual(
        [],
      );
    }
    expect(errorsOf('InferRequest', { inputs: [features], outputs: [{ name: 'x' }] })).not.toEqual([]);
    expect(errorsOf('InferRequest', {})).not.toEqual([]);
  });

  it('is there while the model does not load', async () => {
    const fn = predictFunction('iris', { manifest: { sha256: '0'.repeat(64) } });
    expect(await fn.invoke(gatewayEvent('GET', '/openapi.json'))).toMatchObject({ statusCode: 200 });
  });
});
