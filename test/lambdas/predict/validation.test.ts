import { afterAll, describe, expect, it } from 'vitest';
import { INFER, predictFunction } from '../function';

const iris = predictFunction('iris');
const two = predictFunction('two-in-two-out');
const row = [5.1, 3.5, 1.4, 0.2];
const features = { name: 'features', datatype: 'FP32', shape: [1, 4], data: row };
const a = { name: 'a', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] };
const b = { name: 'b', datatype: 'INT64', shape: [1, 1], data: [1] };

type Refused = [name: string, body: unknown, code: string, field: string | undefined];

describe('[X.2] an infer request that is wrong is refused with its field, and the model is not run', () => {
  afterAll(() => expect(iris.runs()).toBe(0));

  it.each<Refused>([
    ['malformed JSON', '{"inputs": [', 'MALFORMED_JSON', undefined],
    ['empty body', '', 'INVALID_REQUEST', undefined],
    ['blank body', '  \n', 'MALFORMED_JSON', undefined],
    ['a body that is no object', '[1]', 'INVALID_REQUEST', undefined],
    ['a body of null', 'null', 'INVALID_REQUEST', undefined],
    ['no inputs', {}, 'INVALID_REQUEST', 'inputs'],
    ['inputs that are no array', { inputs: { features } }, 'INVALID_REQUEST', 'inputs'],
    ['an input that is no object', { inputs: [7] }, 'INVALID_REQUEST', 'inputs[0]'],
    ['a missing input', { inputs: [] }, 'MISSING_TENSOR', 'inputs'],
    ['an unknown input', { inputs: [{ ...features, name: 'x' }] }, 'UNKNOWN_TENSOR', 'inputs[0].name'],
    ['an input given twice', { inputs: [features, features] }, 'INVALID_REQUEST', 'inputs[1].name'],
    ['another datatype', { inputs: [{ ...features, datatype: 'FP64' }] }, 'INVALID_DATATYPE', 'inputs[0].datatype'],
    ['no datatype', { inputs: [{ ...features, datatype: undefined }] }, 'INVALID_DATATYPE', 'inputs[0].datatype'],
    ['no shape', { inputs: [{ ...features, shape: undefined }] }, 'INVALID_SHAPE', 'inputs[0].shape'],
    ['another rank', { inputs: [{ ...features, shape: [4] }] }, 'INVALID_SHAPE', 'inputs[0].shape'],
    ['another row length', { inputs: [{ ...features, shape: [1, 3] }] }, 'INVALID_SHAPE', 'inputs[0].shape'],
    ['no rows', { inputs: [{ ...features, shape: [0, 4], data: [] }] }, 'INVALID_SHAPE', 'inputs[0].shape[0]'],
    ['half a row', { inputs: [{ ...features, shape: [1.5, 4] }] }, 'INVALID_SHAPE', 'inputs[0].shape[0]'],
    ['too little data', { inputs: [{ ...features, shape: [2, 4] }] }, 'INVALID_SHAPE', 'inputs[0].data'],
    ['no data', { inputs: [{ ...features, data: undefined }] }, 'INVALID_SHAPE', 'inputs[0].data'],
    [
      'one short row',
      { inputs: [{ ...features, shape: [2, 4], data: [row, [1]] }] },
      'INVALID_SHAPE',
      'inputs[0].data[1]',
    ],
    ['a row too many', { inputs: [{ ...features, data: [row, row] }] }, 'INVALID_SHAPE', 'inputs[0].data'],
    [
      'a row that is a number',
      { inputs: [{ ...features, shape: [2, 4], data: [row, 1] }] },
      'INVALID_SHAPE',
      'inputs[0].data[1]',
    ],
    [
      'nesting too deep',
      { inputs: [{ ...features, data: [[[5.1], 3.5, 1.4, 0.2]] }] },
      'INVALID_VALUE',
      'inputs[0].data[0][0]',
    ],
    [
      'text for a number',
      { inputs: [{ ...features, data: [5.1, '3.5', 1.4, 0.2] }] },
      'INVALID_VALUE',
      'inputs[0].data[1]',
    ],
    [
      'null for a number',
      { inputs: [{ ...features, data: [5.1, null, 1.4, 0.2] }] },
      'INVALID_VALUE',
      'inputs[0].data[1]',
    ],
    [
      'beyond the card',
      { inputs: [{ ...features, data: [[5.1, 3.5, 1.4, 11]] }] },
      'INVALID_VALUE',
      'inputs[0].data[0][3]',
    ],
    [
      'a shape that asks for gigabytes',
      { inputs: [{ ...features, shape: [1e9, 4], data: [row] }] },
      'INVALID_SHAPE',
      'inputs[0].data',
    ],
    [
      'raw that is too short',
      { inputs: [{ ...features, data: undefined, raw: 'AAAA' }] },
      'INVALID_SHAPE',
      'inputs[0].raw',
    ],
    [
      'raw that is no base64',
      { inputs: [{ ...features, data: undefined, raw: '!!!!' }] },
      'INVALID_VALUE',
      'inputs[0].raw',
    ],
    ['raw cut short', { inputs: [{ ...features, data: undefined, raw: 'AAAAA' }] }, 'INVALID_VALUE', 'inputs[0].raw'],
    ['rows', { instances: [row] }, 'INVALID_REQUEST', 'inputs'],
    ['raw and data', { inputs: [{ ...features, raw: 'AAAA' }] }, 'INVALID_REQUEST', 'inputs[0]'],
    ['an unknown output', { inputs: [features], outputs: [{ name: 'x' }] }, 'UNKNOWN_TENSOR', 'outputs[0].name'],
    [
      'an output twice',
      { inputs: [features], outputs: [{ name: 'label' }, { name: 'label' }] },
      'INVALID_REQUEST',
      'outputs[1].name',
    ],
    ['outputs that are no array', { inputs: [features], outputs: 'label' }, 'INVALID_REQUEST', 'outputs'],
    ['an id that is no string', { id: 7, inputs: [features] }, 'INVALID_REQUEST', 'id'],
    ['parameters that are no object', { parameters: [], inputs: [features] }, 'INVALID_REQUEST', 'parameters'],
    ['a principal in the body', { principal: 'me', inputs: [features] }, 'INVALID_REQUEST', 'principal'],
    ['a claim check in the body', { requestRef: { key: 'k' }, inputs: [features] }, 'INVALID_REQUEST', 'requestRef'],
  ])('%s', async (_, body, code, field) => {
    const answer = await iris.post(INFER, body, { parameters: { model: 'iris' } });
    expect(answer.statusCode).toBe(400);
    expect(answer.json).toEqual({ error: expect.any(String), code, field, requestId: 'gateway-request-1' });
  });

  it.each(['NaN', 'Infinity', '-Infinity', '1e999'])('%s is named where it stands', async (value) => {
    const body = `{"inputs":[{"name":"features","datatype":"FP32","shape":[1,4],"data":[[5.1,3.5,${value},0.2]]}]}`;
    const answer = await iris.post(INFER, body);
    expect(answer.json).toMatchObject({ code: 'INVALID_VALUE', field: 'inputs[0].data[0][2]' });
  });

  it('a body over the limit is 413 before it is parsed', async () => {
    const small = predictFunction('iris', { env: { SERVING_MAX_BODY_BYTES: '50' } });
    const answer = await small.post(INFER, `{${' '.repeat(100)}`);
    expect(answer.statusCode).toBe(413);
    expect(answer.json.code).toBe('PAYLOAD_TOO_LARGE');
    const binary = await small.post(INFER, Buffer.alloc(51), { headers: { 'Content-Type': 'image/png' } });
    expect(binary.json.code).toBe('PAYLOAD_TOO_LARGE');
    expect((await small.post(INFER, '{"inputs":[]}')).statusCode).toBe(400);
  });

  it.each([
    [{ 'Content-Type': 'text/csv' }],
    [{ 'Content-Type': 'image/gif' }],
    [{ 'Content-Type': 'image/png' }],
    [{ 'Content-Encoding': 'gzip' }],
  ])('a body it cannot read is 415: %j', async (headers) => {
    const answer = await iris.post(INFER, 'x', { headers });
    expect(answer.statusCode).toBe(415);
    expect(answer.json.code).toBe('UNSUPPORTED_MEDIA_TYPE');
  });

  it('an unsupported type names the supported ones: images for models that take them', async () => {
    const csv = { headers: { 'Content-Type': 'text/csv' } };
    const table = await iris.post(INFER, 'x', csv);
    expect(table.json.error).toMatch(/send content-type: application\/json or application\/octet-stream$/);
    const image = await predictFunction('digits-fast').post('/predict', 'x', csv);
    expect(image.json.error).toMatch(/application\/json or image\/png or image\/jpeg$/);
  });

  it('bytes without the header of their length name it', async () => {
    const headers = { 'Content-Type': 'application/octet-stream' };
    const answer = await iris.post(INFER, Buffer.from([0xff, 0xfe]), { headers });
    expect(answer.json).toMatchObject({ code: 'MALFORMED_JSON', field: 'inference-header-content-length' });
  });

  it('bytes that are not UTF-8 are 400', async () => {
    const answer = await iris.post(INFER, Buffer.from([0x22, 0xff, 0x22]));
    expect(answer.json.code).toBe('MALFORMED_JSON');
  });

  it('brackets nested a hundred thousand deep are 400', async () => {
    const deep = (inside: string) => `${'['.repeat(100_000)}${inside}${']'.repeat(100_000)}`;
    for (const body of [deep(''), `{"inputs":${deep('')}}`, `{"parameters":{"x":${deep('NaN')}},"inputs":[]}`]) {
      expect((await iris.post(INFER, body)).statusCode).toBe(400);
    }
    const data = `{"inputs":[{"name":"features","datatype":"FP32","shape":[1,4],"data":${deep('1')}}]}`;
    expect((await iris.post(INFER, data)).json.code).toBe('INVALID_SHAPE');
  });

  it('names from the prototype are names like any other', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const infer = await two.post(INFER, `{"inputs":[{"name":${JSON.stringify(name)}}]}`);
      expect(infer.json).toMatchObject({ code: 'UNKNOWN_TENSOR', field: 'inputs[0].name' });
      const rows = await two.post('/predict', `{"instances":[{"a":[1,2,3],"${name}":[1]}]}`);
      expect(rows.json).toMatchObject({ code: 'MISSING_TENSOR', field: 'instances[0]' });
    }
    const body = `{"__proto__":{"id":"x"},"inputs":${JSON.stringify([a, b])}}`;
    expect((await two.post(INFER, body)).json).not.toHaveProperty('id');
  });

  it('inputs with different numbers of rows are refused', async () => {
    const answer = await two.post(INFER, { inputs: [{ ...b, shape: [2, 1], data: [1, 2] }, a] });
    expect(answer.json).toMatchObject({ code: 'INVALID_SHAPE', field: 'inputs[0].shape' });
  });
});

describe('what is right is accepted', () => {
  it('N rows in, N rows out, in order; nested or flat', async () => {
    const rows = Array.from({ length: 17 }, (_, i) => [i, i + 0.5, -i]);
    const counts = rows.map((_, i) => [i * 10]);
    for (const data of [rows, rows.flat()]) {
      const inputs = [
        { ...a, shape: [17, 3], data },
        { ...b, shape: [17, 1], data: counts },
      ];
      const { json } = await two.post(INFER, { inputs });
      expect(json.outputs[0]).toMatchObject({ name: 'sum', shape: [17, 3] });
      expect(json.outputs[0].data).toEqual(rows.flatMap((values, i) => values.map((value) => value + i * 10)));
    }
  });

  it('outputs are given as they are asked for', async () => {
    const answer = await two.post(INFER, { inputs: [b, a], outputs: [{ name: 'diff' }, { name: 'sum' }] });
    expect(answer.json.outputs.map((output: { name: string }) => output.name)).toEqual(['diff', 'sum']);
    const one = await two.post(INFER, { inputs: [a, b], outputs: [{ name: 'diff', parameters: {} }] });
    expect(one.json.outputs).toEqual([{ name: 'diff', datatype: 'FP32', shape: [1, 3], data: [0, 1, 2] }]);
  });

  it('the id comes back, parameters are accepted', async () => {
    const answer = await two.post(INFER, { id: 'a "b"', parameters: { priority: 1 }, inputs: [a, b] });
    expect(answer.json).toMatchObject({ id: 'a "b"', model_name: 'two-in-two-out', model_version: '1.0.0' });
  });

  it('JSON with parameters in its media type, and with none at all', async () => {
    for (const headers of [{ 'Content-Type': 'application/json; charset=utf-8' }, { 'Content-Type': '' }]) {
      expect((await two.post(INFER, { inputs: [a, b] }, { headers })).statusCode).toBe(200);
    }
  });
});
