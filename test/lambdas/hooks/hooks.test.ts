import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { INFER, predictFunction } from '../function';
import { modelFolder } from '../manifest';

/** Flowers by the names of the card's features; answers the species. */
const preprocess = `
export default function preprocess(request, { badInput, model, state }) {
  const { flowers, detail } = request.json();
  if (!Array.isArray(flowers)) throw badInput('flowers must be a list', 'flowers');
  state.detail = detail;
  const { features } = model.inputs[0];
  const data = Float32Array.from(flowers.flatMap((flower, row) => features.map((name) => {
    if (flower[name] === undefined) throw badInput(name + ' is missing', 'flowers[' + row + '].' + name);
    return flower[name];
  })));
  return { features: { datatype: 'FP32', shape: [flowers.length, features.length], data } };
}`;
const postprocess = `
export default async ({ label, probabilities }, { model, state }) => {
  const { labels } = model.outputs.find(({ name }) => name === 'label');
  const species = Array.from(label.data, (index) => labels[index]);
  return state.detail ? { species, label: label.data, probabilities: probabilities.data } : { species };
};`;
const setosa = { sepal_length: 4.4, sepal_width: 3, petal_length: 1.3, petal_width: 0.2 };
const virginica = { sepal_length: 6.4, sepal_width: 3.2, petal_length: 5.3, petal_width: 2.3 };
const body = { flowers: [setosa, virginica] };

describe('hooks of POST /predict', () => {
  it('[1.5] preprocess makes the inputs, postprocess the answer; the log counts rows', async () => {
    const fn = predictFunction('iris', { hooks: { preprocess, postprocess } });
    const answer = await fn.post('/predict', body);
    expect([answer.statusCode, answer.json]).toEqual([200, { species: ['setosa', 'virginica'] }]);
    expect(answer.headers).toMatchObject({ 'x-model-name': 'iris', 'content-type': 'application/json' });
    expect(fn.log.at(-1)).toMatchObject({ operation: 'predictRows', status: 200, rows: 2 });
  });

  it('what preprocess leaves in state, postprocess finds; 64-bit integers and typed arrays become JSON', async () => {
    const fn = predictFunction('iris', { hooks: { preprocess, postprocess } });
    const { json } = await fn.post('/predict', { ...body, detail: true });
    expect(json).toMatchObject({ species: ['setosa', 'virginica'], label: [0, 2] });
    expect(json.probabilities).toHaveLength(6);
    expect((await fn.post('/predict', body)).json).toEqual({ species: ['setosa', 'virginica'] });
  });

  it('each alone: tensors by hook with predictions by row, rows with an answer by hook', async () => {
    const before = await predictFunction('iris', { hooks: { preprocess } }).post('/predict', body);
    expect(before.json.predictions).toMatchObject([{ label_name: 'setosa' }, { label_name: 'virginica' }]);
    const behind = predictFunction('iris', { hooks: { postprocess } });
    const answer = await behind.post('/predict', { instances: [[4.4, 3, 1.3, 0.2]] });
    expect(answer.json).toEqual({ species: ['setosa'] });
  });

  it('the protocol and the self-test go past them', async () => {
    const fn = predictFunction('iris', { hooks: { preprocess, postprocess } });
    const inputs = [{ name: 'features', datatype: 'FP32', shape: [1, 4], data: [4.4, 3, 1.3, 0.2] }];
    expect((await fn.post(INFER, { inputs })).json.outputs[0]).toMatchObject({ name: 'label', data: [0] });
    const request = { v: 1, requestId: 'r', deadlineMs: Date.now() + 60_000, request: { inputs } };
    expect(await fn.invoke(request)).toMatchObject({ status: 200 });
    expect(await fn.invoke({})).toMatchObject({ cases: 3 });
  });

  it('takes the media types it names, as bytes or text, and no other', async () => {
    const textHook = `
export const mediaTypes = ['text/csv', 'application/x-floats'];
export default (request) => {
  const numbers = request.mediaType === 'text/csv'
    ? Float32Array.from(request.text().split(','), Number)
    : new Float32Array(request.bytes().buffer);
  return { features: { datatype: 'FP32', shape: [1, 4], data: numbers } };
};`;
    const fn = predictFunction('iris', { hooks: { preprocess: textHook, postprocess } });
    const csv = await fn.post('/predict', '4.4,3,1.3,0.2', { headers: { 'Content-Type': 'text/csv; charset=utf-8' } });
    expect(csv.json).toEqual({ species: ['setosa'] });
    const bytes = Buffer.from(Float32Array.of(6.4, 3.2, 5.3, 2.3).buffer);
    const binary = await fn.post('/predict', bytes, { headers: { 'Content-Type': 'application/x-floats' } });
    expect(binary.json).toEqual({ species: ['virginica'] });
    const json = await fn.post('/predict', body);
    expect([json.statusCode, json.json.error]).toEqual([
      415,
      'content-type "application/json" is not supported; send content-type: text/csv or application/x-floats',
    ]);
  });

  it('decodes and resizes images', async () => {
    const imageHook = `
export const mediaTypes = ['image/png', 'image/jpeg'];
export default async (request, { images }) => {
  const { data } = images.resize(await images.decode(request.bytes(), 1), 28, 28);
  return { image: { datatype: 'FP32', shape: [1, 1, 28, 28], data: data.map((value) => value / 255) } };
};`;
    const fn = predictFunction('digits', { hooks: { preprocess: imageHook } });
    const send = (content: Buffer, type: string) => fn.post('/predict', content, { headers: { 'Content-Type': type } });
    const sample = (name: string) => readFileSync(join(modelFolder('digits'), 'samples', name));
    expect((await send(sample('7.png'), 'image/png')).json.predictions).toMatchObject([{ label: 7 }]);
    expect((await send(sample('3.jpg'), 'image/jpeg')).json.predictions).toMatchObject([{ label: 3 }]);
    expect((await send(sample('5-large.png'), 'image/png')).json.predictions).toMatchObject([{ label: 5 }]);
    const none = await send(Buffer.from('no image'), 'image/png');
    expect([none.statusCode, none.json.code]).toEqual([400, 'INVALID_IMAGE']);
  });

  it('the description of the service has what they take, and leaves their answer open', async () => {
    const fn = predictFunction('iris', {
      hooks: { preprocess: `export const mediaTypes = ['text/plain'];${preprocess}`, postprocess },
    });
    const { json } = await fn.get('/openapi.json');
    const { requestBody, responses } = json.paths['/predict'].post;
    expect(requestBody.content).toEqual({ 'text/plain': { schema: {} } });
    expect(responses[200].content).toEqual({ 'application/json': { schema: {} } });
  });
});
