import { describe, expect, it } from 'vitest';
import { predictFunction } from '../function';

describe('[1.5] POST /predict takes rows', () => {
  const iris = predictFunction('iris');
  const two = predictFunction('two-in-two-out');

  it('rows of a single input, one prediction each and in order, with the names of labels', async () => {
    const instances = [
      [5.1, 3.5, 1.4, 0.2],
      [6.3, 3.3, 6.0, 2.5],
      [6.4, 3.2, 4.5, 1.5],
    ];
    const { json, statusCode } = await iris.post('/predict', { instances });
    expect(statusCode).toBe(200);
    expect(json.predictions.map((row: { label_name: string }) => row.label_name)).toEqual([
      'setosa',
      'virginica',
      'versicolor',
    ]);
    for (const row of json.predictions) {
      expect(Object.keys(row)).toEqual(['label', 'label_name', 'probabilities']);
      expect(row.probabilities).toHaveLength(3);
      expect(row.probabilities[row.label]).toBe(Math.max(...row.probabilities));
    }
  });

  it('rows of several inputs are objects by tensor name', async () => {
    const instances = [
      { a: [1, 2, 3], b: [10] },
      { b: [20], a: [4, 5, 6] },
    ];
    const { json } = await two.post('/predict', { instances });
    expect(json.predictions).toEqual([
      { sum: [11, 12, 13], diff: [-9, -8, -7] },
      { sum: [24, 25, 26], diff: [-16, -15, -14] },
    ]);
  });

  it('rows nested as deep as the tensor', async () => {
    const digits = predictFunction('digits-fast');
    const image = [Array.from({ length: 28 }, () => Array.from({ length: 28 }, () => 0))];
    const { json } = await digits.post('/predict', { instances: [image, image] });
    expect(json.predictions).toHaveLength(2);
    expect(json.predictions[0].probabilities).toHaveLength(10);
  });

  it('rows that are text, and whole numbers beyond 2^53', async () => {
    const text = predictFunction('identity-bytes');
    expect((await text.post('/predict', { instances: [['a', 'b']] })).json.predictions).toEqual([{ y: ['a', 'b'] }]);
    const big = predictFunction('identity-int64');
    const answer = await big.post('/predict', '{"instances":[[9007199254740993,-9223372036854775808],["1",2]]}');
    expect(answer.body).toContain('[{"y":[9007199254740993,-9223372036854775808]},{"y":[1,2]}]');
  });

  it('outputs that are not of any row are left out of several rows', async () => {
    const scalar = predictFunction('scalar');
    const one = await scalar.post('/predict', { instances: [[1, 2]] });
    expect(one.json.predictions).toEqual([{ total: 3, rows: 3 }]);
    const more = await scalar.post('/predict', { instances: [[1, 2], [3, 4]] }); // biome-ignore format: one line
    expect(more.json.predictions).toEqual([{ rows: 3 }, { rows: 7 }]);
  });

  it.each([
    ['no instances', {}, 'INVALID_REQUEST', 'instances'],
    ['no row', { instances: [] }, 'INVALID_REQUEST', 'instances'],
    ['one row without brackets', { instances: [1, 2, 3, 4] }, 'INVALID_SHAPE', 'instances'],
    ['a short row', { instances: [[1, 2, 3, 4], [1]] }, 'INVALID_SHAPE', 'instances[1]'],
    ['a wrong value', { instances: [[1, 2, 3, 'x']] }, 'INVALID_VALUE', 'instances[0][3]'],
    ['a claim check', { instances: [[1, 2, 3, 4]], requestRef: {} }, 'INVALID_REQUEST', 'requestRef'],
  ])('[X.2] %s is refused', async (_, body, code, field) => {
    const answer = await iris.post('/predict', body);
    expect(answer.json).toMatchObject({ code, field });
  });

  it.each([
    ['a row that is no object', [[1, 2, 3]], 'INVALID_REQUEST', 'instances[0]'],
    ['a missing tensor', [{ a: [1, 2, 3] }], 'MISSING_TENSOR', 'instances[0]'],
    ['an unknown tensor', [{ a: [1, 2, 3], b: [1], c: [1] }], 'UNKNOWN_TENSOR', 'instances[0]'],
    [
      'a wrong value',
      [
        { a: [1, 2, 3], b: [1] },
        { a: [1, 2, 3], b: [0.5] },
      ],
      'INVALID_VALUE',
      'instances[1].b[0]',
    ],
  ])('[X.2] %s is refused', async (_, instances, code, field) => {
    const answer = await two.post('/predict', { instances });
    expect(answer.json).toMatchObject({ code, field });
  });

  it.each([
    ['a flat row', { instances: [5.1, 3.5] }, /each row of "features" must be a list of 4 values: .*\[\[…\]/],
    ['an object by feature', { instances: [{ a: 1, b: 2 }] }, /a row is a plain list of 4 values/],
    ['the body of another route', { inputs: [] }, /"inputs" go to POST \/v2\/models/],
    ['null', { instances: [[1, 2, 3, null]] }, /null \(NaN\) is not allowed/],
  ])('[X.2] the message helps with %s', async (_, body, message) => {
    const answer = await iris.post('/predict', body);
    expect(answer.statusCode).toBe(400);
    expect(answer.json.error).toMatch(message);
  });

  it('[X.2] what the client calls an unknown tensor is not in the log', async () => {
    await two.post('/predict', { instances: [{ a: [1, 2, 3], b: [1], secret: 1 }] });
    expect(JSON.stringify(two.log)).not.toContain('secret');
  });

  it('a row of the only input may be an object of that input', async () => {
    const row = [5.1, 3.5, 1.4, 0.2];
    const plain = await iris.post('/predict', { instances: [row, row] });
    const named = await iris.post('/predict', { instances: [{ features: row }, row] });
    expect(named.json.predictions).toEqual(plain.json.predictions);
    expect(plain.statusCode).toBe(200);
  });

  it('[X.2] NaN is no text, and a fraction is not rounded to a whole number', async () => {
    const text = predictFunction('identity-bytes');
    for (const value of ['NaN', 'Infinity', '-Infinity']) {
      const answer = await text.post('/predict', `{"instances":[["a",${value}]]}`);
      expect(answer.json).toMatchObject({ code: 'INVALID_VALUE', field: 'instances[0][1]' });
    }
    const big = predictFunction('identity-int64');
    for (const value of ['9007199254740990.9', '450359962737049.9999', '9007199254740990.9e0', 'NaN', 'Infinity']) {
      const answer = await big.post('/predict', `{"instances":[[1,${value}]]}`);
      expect(answer.json, value).toMatchObject({ code: 'INVALID_VALUE', field: 'instances[0][1]' });
    }
    expect((await big.post('/predict', '{"instances":[[1.0,2.0000000000000000]]}')).statusCode).toBe(200);
  });

  it('[X.2] more rows than a fixed batch has are refused', async () => {
    const fixed = predictFunction('fixed-batch');
    const row = [1, 2, 3, 4];
    expect((await fixed.post('/predict', { instances: [row] })).json.predictions).toEqual([{ y: [2, 4, 6, 8] }]);
    const answer = await fixed.post('/predict', { instances: [row, row] });
    expect(answer.json).toMatchObject({ code: 'INVALID_SHAPE', field: 'instances' });
  });
});
