import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../../lambdas/shared/contract';
import { type Answer, gatewayEvent, INFER, predictFunction, type TestFunction } from '../function';

const fn = predictFunction('two-in-two-out');
const a = { name: 'a', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] };
const b = { name: 'b', datatype: 'INT64', shape: [1, 1], data: [1] };

async function call(target: TestFunction, event: object): Promise<Answer> {
  const result = (await target.invoke(event)) as Answer;
  return { ...result, json: JSON.parse(result.body) };
}

/** In our shape; and whoever comes next is served. */
async function expectRefused(answer: Answer, status?: number): Promise<void> {
  expect(answer.statusCode).toBeGreaterThanOrEqual(400);
  expect(answer.statusCode).toBeLessThan(500);
  if (status) expect(answer.statusCode).toBe(status);
  expect(answer.json).toMatchObject({ error: expect.any(String), code: expect.stringMatching(/^[A-Z_]+$/) });
  expect(answer.json.requestId).toBe(answer.headers['x-request-id']);
  // A message quotes what it received, but never at length.
  expect(answer.body.length).toBeLessThan(1000);
  expect((await fn.post(INFER, { inputs: [a, b] })).json.outputs[0].data).toEqual([2, 3, 4]);
}

const deep = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth);
const input = (change: object) => ({ inputs: [{ ...a, ...change }, b] });

describe('[X.2] every kind of malformed request is a 4xx in our shape, and the next one is fine', () => {
  it.each<[string, unknown]>([
    ['nothing', ''],
    ['a comma', ','],
    ['a trailing comma', '{"inputs":[],}'],
    ['single quotes', "{'inputs':[]}"],
    ['a comment', '{"inputs":[]} // all'],
    ['two values', '{}{}'],
    ['XML', '<inputs/>'],
    ['a number', '7'],
    ['a string', '"inputs"'],
    ['a byte order mark', `\ufeff${JSON.stringify({ inputs: [a, b] })}x`],
    ['a NUL in the JSON', '{"inputs":\0[]}'],
    ['a line break in a string', '{"id":"\n"}'],
    ['an escape that is none', '{"id":"\\x41"}'],
    ['a number of a thousand digits as id', `{"id":${'9'.repeat(1000)},"inputs":[]}`],
    ['arrays, deep', deep('[', ']', 200_000)],
    ['objects, deep', deep('{"a":', '}', 100_000)],
    ['deep inputs', `{"inputs":${deep('[', ']', 100_000)}}`],
    ['deep data', `{"inputs":[{"name":"a","datatype":"FP32","shape":[1,3],"data":${deep('[', ']', 100_000)}}]}`],
    ['deep parameters beside nothing', `{"parameters":{"a":${deep('[', ']', 100_000)}}}`],
    ['a deep shape', `{"inputs":[{"name":"a","datatype":"FP32","shape":${deep('[', ']', 50_000)},"data":[]}]}`],
    ['a name of a megabyte', input({ name: 'x'.repeat(900_000) })],
    ['a name of emoji', input({ name: '🌸'.repeat(1000) })],
    ['a name of half a surrogate pair', '{"inputs":[{"name":"\\ud83c"}]}'],
    ['a name that turns the text around', input({ name: '\u202e\u0000a' })],
    ['a name that looks like ours', input({ name: '\uff41' })],
    ['a name of null', input({ name: null })],
    ['a name of an array', input({ name: ['a'] })],
    ['a datatype in lower case', input({ datatype: 'fp32' })],
    ['a datatype of the runtime', input({ datatype: 'float32' })],
    ['BF16', input({ datatype: 'BF16' })],
    ['a datatype from the prototype', input({ datatype: 'constructor' })],
    ['a datatype of an object', input({ datatype: {} })],
    ['a shape of text', input({ shape: '1,3' })],
    ['a shape of numbers as text', input({ shape: ['1', '3'] })],
    ['no dimensions', input({ shape: [] })],
    ['a negative dimension', input({ shape: [-1, 3] })],
    ['a dimension beyond 2^53', input({ shape: [2 ** 60, 3] })],
    ['a hundred thousand dimensions', input({ shape: Array(100_000).fill(1) })],
    ['data of an object', input({ data: { 0: 1, 1: 2, 2: 3, length: 3 } })],
    ['data of text', input({ data: '1,2,3' })],
    ['data of a hundred thousand values', input({ data: Array(100_000).fill(0) })],
    ['nested and flat', input({ data: [[1, 2], 3] })],
    ['raw that is no base64', input({ data: undefined, raw: '☃'.repeat(16) })],
    ['raw of a number', input({ data: undefined, raw: 12 })],
    ['inputs by name', { inputs: { a, b } }],
    ['a thousand inputs', { inputs: Array(1000).fill(a) }],
    ['outputs by name', { inputs: [a, b], outputs: { sum: {} } }],
    ['outputs of text', { inputs: [a, b], outputs: ['sum'] }],
    ['outputs of null', { inputs: [a, b], outputs: null }],
    ['an id of an object', { id: {}, inputs: [a, b] }],
    ['an id of null', { id: null, inputs: [a, b] }],
    ['parameters of null', { parameters: null, inputs: [a, b] }],
    ['parameters of an output of text', { inputs: [a, b], outputs: [{ name: 'sum', parameters: 'x' }] }],
  ])('%s', async (_, body) => {
    await expectRefused(await fn.post(INFER, body));
    await expectRefused(await fn.post(INFER, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))));
  });

  it.each([
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/x-protobuf',
    'image/webp',
    'application/jsonx',
    '/',
    '\u0000',
  ])('media type %j is 415', async (type) => {
    await expectRefused(await fn.post(INFER, { inputs: [a, b] }, { headers: { 'Content-Type': type } }), 415);
  });

  it.each(['gzip', 'deflate', 'br', 'gzip, identity'])('content encoding %s is 415', async (encoding) => {
    await expectRefused(await fn.post(INFER, { inputs: [a, b] }, { headers: { 'Content-Encoding': encoding } }), 415);
  });

  it.each(ROUTES.map(({ path }) => path))(
    'every other method of %s is 405, and what lies below is 404',
    async (path) => {
      const allowed: string[] = ROUTES.filter((route) => route.path === path).map(({ method }) => method);
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'get', '']) {
        if (allowed.includes(method)) continue;
        await expectRefused(
          await call(fn, gatewayEvent(method, path, { parameters: { model: 'two-in-two-out' } })),
          405,
        );
      }
      await expectRefused(await call(fn, gatewayEvent('GET', `${path}/below`)), 404);
      await expectRefused(await call(fn, gatewayEvent('GET', `${path}/`)), 404);
    },
  );

  it.each([
    ['two dots', '..'],
    ['two dots, escaped', '%2e%2e'],
    ['a NUL', '%00'],
    ['a flower', '🌸'],
    ['a flower, escaped', '%F0%9F%8C%B8'],
    ['half an escape', '%E0%A4%A'],
    ['a name from the prototype', '__proto__'],
    ['ten thousand letters', 'x'.repeat(10_000)],
    ['a space', ' '],
  ])('a model and a version called %s are 404', async (_, name) => {
    for (const { method, path } of ROUTES.filter((route) => route.path.includes('{model}'))) {
      const body = method === 'POST' ? { inputs: [a, b] } : undefined;
      await expectRefused(await call(fn, gatewayEvent(method, path, { body, parameters: { model: name } })), 404);
      if (!path.includes('{version}')) continue;
      const parameters = { model: 'two-in-two-out', version: name };
      await expectRefused(await call(fn, gatewayEvent(method, path, { body, parameters })), 404);
    }
  });
});
