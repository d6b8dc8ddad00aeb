import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DATATYPES, ROUTES } from '../../../lambdas/shared/contract';
import { gatewayEvent, predictFunction } from '../function';

/** Cases over all models together. */
const CASES = process.env.SOAK ? 10_000 : 1_000;

const MODELS = ['two-in-two-out', 'identity-bytes', 'identity-int64', 'identity-bool', 'scalar'];
const oneOf = fc.constantFrom;
const anything = fc.jsonValue({ maxDepth: 3 });
const size = fc.oneof(oneOf<unknown>(1, 2, 3, 0, -1, 1.5, 1e9, 2 ** 53, '2', null), fc.nat(70));
const parameters = fc.oneof(
  fc.record(
    { binary_data_size: size, binary_data: fc.oneof(fc.boolean(), anything), classification: anything },
    { requiredKeys: [] },
  ),
  anything,
);
const name = fc.oneof(oneOf('a', 'b', 'x', 'sum', 'diff', 'y', 'total', 'rows', '__proto__', 'toString'), fc.string());
const value = oneOf<unknown>(1, 0, -1, 1.5, 1e300, true, false, 'text', '\0', '9223372036854775807', null, [1], {});
const tensor = fc.record(
  {
    name,
    datatype: fc.oneof(oneOf<unknown>(...DATATYPES), anything),
    shape: fc.oneof(fc.array(size, { maxLength: 4 }), oneOf([1, 2], [2, 2], [1, 3], [1, 1]), anything),
    data: fc.oneof(
      fc.array(value, { maxLength: 8 }),
      fc.array(fc.array(value, { maxLength: 3 }), { maxLength: 3 }),
      anything,
    ),
    raw: fc.oneof(fc.base64String(), anything),
    parameters,
  },
  { requiredKeys: ['name', 'datatype', 'shape'] },
);
const request = fc.record(
  {
    id: fc.oneof(fc.string(), anything),
    parameters: fc.oneof(fc.record({ binary_data_output: fc.oneof(fc.boolean(), anything) }), parameters),
    inputs: fc.oneof(
      { weight: 9, arbitrary: fc.array(fc.oneof({ weight: 9, arbitrary: tensor }, anything), { maxLength: 3 }) },
      anything,
    ),
    outputs: fc.oneof(
      fc.array(fc.record({ name, parameters }, { requiredKeys: ['name'] }), { maxLength: 3 }),
      anything,
    ),
    instances: fc.array(fc.oneof(fc.dictionary(name, anything), fc.array(value)), { maxLength: 3 }),
  },
  { requiredKeys: ['inputs'] },
);

/** A text with a part of it gone, doubled or replaced. */
const damaged = (text: fc.Arbitrary<string>) =>
  fc.tuple(text, fc.nat(400), fc.nat(20), fc.string({ maxLength: 4 })).map(([whole, at, length, other]) => {
    return whole.slice(0, at) + other + whole.slice(at + length);
  });
const json = request.map((body) => JSON.stringify(body));
const bytes = fc.uint8Array({ maxLength: 80 }).map((values) => Buffer.from(values));
const body = fc.oneof(
  json,
  damaged(json),
  fc.tuple(json, bytes).map(([header, tensors]) => Buffer.concat([Buffer.from(header), tensors])),
  bytes,
  fc.string({ unit: 'binary' }),
  fc.constant(undefined),
);

const event = fc
  .record({
    route: fc.oneof(
      { weight: 6, arbitrary: oneOf(...ROUTES.filter(({ method }) => method === 'POST')) },
      oneOf(...ROUTES),
    ),
    method: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, oneOf('GET', 'POST', 'PUT', 'HEAD', '')),
    body,
    // Where the JSON ends, about; or a lie.
    length: fc.oneof(
      fc.constant(undefined),
      fc.constant('end'),
      oneOf('0', '', '-1', '1e3', '9'.repeat(30)),
      fc.nat(300).map(String),
    ),
    type: oneOf(
      undefined,
      'application/json',
      'application/octet-stream',
      'image/png',
      'image/jpeg',
      'text/plain',
      ';',
      '',
    ),
    accept: oneOf(undefined, '*/*', 'application/json', ';q=0,,/', '*/*;q=x'),
    encoding: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, oneOf('gzip', '')),
    model: fc.oneof({ weight: 9, arbitrary: fc.constant('fuzzed') }, fc.string({ unit: 'binary' })),
    version: fc.oneof({ weight: 9, arbitrary: fc.constant('1.0.0') }, fc.string()),
  })
  .map(({ accept, body: content, encoding, length, method, model, route, type, version }) => {
    const text = Buffer.isBuffer(content) ? content.toString('latin1') : `${content}`;
    const headers = Object.entries({
      'content-type': type,
      accept,
      'content-encoding': encoding,
      'inference-header-content-length': length === 'end' ? `${text.lastIndexOf('}') + 1}` : length,
    }).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const made = gatewayEvent(method ?? route.method, route.path, { body: content, parameters: { model, version } });
    return { ...made, headers: Object.fromEntries(headers) };
  });

describe(`[X.2] ${CASES} requests that nobody thought of: never a 5xx, never thrown, always our shape`, () => {
  it.each(MODELS)('%s', { timeout: 300_000 }, async (model) => {
    const fn = predictFunction(model, { manifest: { name: 'fuzzed' } });
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(event, async (made) => {
        const result = (await fn.invoke(made)) as { statusCode: number; body: string; headers: Record<string, string> };
        const { body: text, headers, statusCode } = result;
        statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
        // 501 is how a parameter is refused that others support.
        if (statusCode !== 501) expect(statusCode, text).toBeLessThan(500);
        expect(headers['x-request-id']).toBe('gateway-request-1');
        if (statusCode === 200) return;
        const error = JSON.parse(text);
        expect(error).toMatchObject({ error: expect.any(String), code: expect.stringMatching(/^[A-Z_]+$/) });
        expect(Object.keys(error).every((key) => ['error', 'code', 'field', 'requestId'].includes(key))).toBe(true);
      }),
      { numRuns: Math.ceil(CASES / MODELS.length) },
    );
    // It also got through to the model now and then.
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 400, 404]));
  });
});
