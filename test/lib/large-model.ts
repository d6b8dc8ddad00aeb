import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { input, node, onnx, output, tensorType, weights } from '../bin/init-onnx';

const SIZE = 1100;

/** `y = x . W + b`, with 4.8 MB of weights: row 0 of W counts up, the rest is zero. */
export function largeModel(): Buffer {
  const matrix = Array.from({ length: SIZE * SIZE }, (_, i) => (i < SIZE ? i : 0));
  return Buffer.from(
    onnx([
      node('MatMul', ['x', 'W'], ['xW']),
      node('Add', ['xW', 'b'], ['y']),
      weights('W', matrix, [SIZE, SIZE]),
      weights('b', [0.5]),
      input('x', tensorType(1, ['batch', SIZE])),
      output('y', tensorType(1, ['batch', SIZE])),
    ]),
  );
}

/** One row for that model: its first value is `factor`. */
export const rowOf = (factor: number): number[] => [factor, ...new Array(SIZE - 1).fill(0)];
export const answerTo = (factor: number): number[] => Array.from({ length: SIZE }, (_, i) => factor * i + 0.5);

interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A folder of a model with one input and one output, which nobody has tested: its golden case is never run. */
export function modelFolder(model: Uint8Array, name: string, from: Tensor, to: Tensor): string {
  const folder = path.join(mkdtempSync(path.join(os.tmpdir(), 'model-')), name);
  const spec = ({ name: tensor, shape }: Tensor) => ({ name: tensor, datatype: 'FP32', shape: [-1, ...shape] });
  const card = {
    schemaVersion: 1,
    ...{ name, version: '1.0.0', description: 'Made by a test.', owner: 'tests', task: 'test', runbook: 'none' },
    sha256: createHash('sha256').update(model).digest('hex'),
    ...{ inputs: [spec(from)], outputs: [spec(to)] },
    objective: { p99Ms: 1000, monthlyCostUsd: 1 },
    lineage: { dataset: 'none' },
  };
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'model.onnx'), model);
  writeFileSync(path.join(folder, 'model.yaml'), stringify(card));
  writeFileSync(
    path.join(folder, 'golden.json'),
    '{"tolerance": 0, "cases": [{"name": "none", "inputs": [], "outputs": []}]}',
  );
  return folder;
}
