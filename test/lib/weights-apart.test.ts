import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { weightsApart } from '../../lib/model/weights-apart';
import { bytes, onnx, part } from '../bin/init-onnx';
import { answerTo, largeModel, rowOf } from './large-model';

describe('weights of a large model, taken out of its graph', () => {
  const model = largeModel();
  const apart = weightsApart(model, 'model.weights');

  test('the graph is small, and the model in parts answers as the whole one', async () => {
    expect(apart?.graph.length).toBeLessThan(1000);
    const folder = mkdtempSync(path.join(os.tmpdir(), 'apart-'));
    const file = (name: string) => path.join(folder, name);
    writeFileSync(file('whole.onnx'), model);
    writeFileSync(file('model.onnx'), apart?.graph ?? '');
    writeFileSync(file('model.weights'), apart?.weights ?? '');
    for (const name of ['whole.onnx', 'model.onnx']) {
      const session = await InferenceSession.create(file(name));
      const { y } = await session.run({ x: new Tensor('float32', rowOf(3), [1, 1100]) });
      expect(Array.from((y as Tensor).data as Float32Array)).toEqual(answerTo(3));
    }
  });

  test('the same model gives the same parts', () => {
    const again = weightsApart(model, 'model.weights');
    expect(again?.graph.equals(apart?.graph ?? model)).toBe(true);
    expect(again?.weights.equals(apart?.weights ?? model)).toBe(true);
  });

  test('what lies in another file already stays as it is', () => {
    expect(weightsApart(Buffer.concat([apart?.graph ?? model, padding()]), 'other.weights')).toBeUndefined();
  });
});

test.each([
  ['a small model', readFileSync('models/digits/model.onnx')],
  ['a large one of small tensors', Buffer.from(onnx([part(5, bytes(9, new Uint8Array(8)))], { more: [() => {}] }))],
  ['one that is large by something else than weights', Buffer.concat([Buffer.from(onnx([])), padding()])],
])('%s stays one file', (_, content) => {
  expect(weightsApart(content, 'model.weights')).toBeUndefined();
});

test('what is cut short is no model', () => {
  expect(() => weightsApart(largeModel().subarray(0, -1), 'model.weights')).toThrow(
    /the field at byte \d+ does not end/,
  );
});

/** Five megabytes of documentation. */
function padding(): Buffer {
  return Buffer.from(onnx([part(10, () => {})], { more: [bytes(6, new Uint8Array(5e6))] }));
}
