/** The codec against the least that could do the same: `codec.mjs ROUNDS`. Microseconds by case to descriptor 3. */
import { writeSync } from 'node:fs';
import type { ModelManifest } from '../../lambdas/shared/contract';
import { decodeInfer, inferText } from '../../lambdas/shared/protocol/infer';
import { parseJson } from '../../lambdas/shared/protocol/json-text';
import { medianUs } from '../median';

const SHAPE = [1, 3, 224, 224];
const COUNT = 3 * 224 * 224;
const image = Float32Array.from({ length: COUNT }, () => Math.random());
const manifest = {
  name: 'image',
  version: '1',
  revision: '1',
  inputs: [{ name: 'image', datatype: 'FP32', shape: [-1, 3, 224, 224] }],
  outputs: [{ name: 'scores', datatype: 'FP32', shape: [-1, 1000] }],
} as unknown as ModelManifest;

const tensor = (values: object) => ({ inputs: [{ name: 'image', datatype: 'FP32', shape: SHAPE, ...values }] });
const numbers = Array.from(image);
const plane = (channel: number) => numbers.slice(channel * 224 * 224, (channel + 1) * 224 * 224);
const rows = (values: number[]) => Array.from({ length: 224 }, (_, row) => values.slice(row * 224, (row + 1) * 224));
const flatText = JSON.stringify(tensor({ data: numbers }));
const nestedText = JSON.stringify(tensor({ data: [[0, 1, 2].map((channel) => rows(plane(channel)))] }));
const raw = Buffer.from(image.buffer).toString('base64');
const rawRequest = tensor({ raw });
const scores = Float32Array.from({ length: 1000 }, () => Math.random());
const answer = { name: 'scores', datatype: 'FP32', shape: [1, 1000], data: scores } as const;
const identity = { name: 'image', version: '1', revision: '1' };
const inference = { inputs: [], outputs: ['scores'], rows: 1 };

type Parsed = { inputs: [{ data: number[] }] };

const CASES: Readonly<Record<string, () => unknown>> = {
  'flat: JSON.parse + typed copy': () => Float32Array.from((JSON.parse(flatText) as Parsed).inputs[0].data),
  'flat: ours': () => decodeInfer(parseJson(flatText, false), manifest),
  'nested: JSON.parse + typed copy': () => copyNested(JSON.parse(nestedText).inputs[0].data),
  'nested: ours': () => decodeInfer(parseJson(nestedText, false), manifest),
  'raw: base64 decode': () => Buffer.from(raw, 'base64'),
  'raw: ours': () => decodeInfer({ value: rawRequest, exact: rawRequest }, manifest),
  'out: JSON.stringify(Array.from)': () => JSON.stringify({ outputs: [{ ...answer, data: Array.from(scores) }] }),
  'out: ours': () => inferText(identity, inference, [answer]),
};

function copyNested([planes]: [number[][][]]): Float32Array {
  const target = new Float32Array(COUNT);
  let offset = 0;
  for (const lines of planes) {
    for (const line of lines) {
      target.set(line, offset);
      offset += line.length;
    }
  }
  return target;
}

/** As many as take some tenths of a second. */
const CALLS = { flat: 20, nested: 20, raw: 500, out: 2000 };

const [rounds = ''] = process.argv.slice(2);
const times: Record<string, number[]> = {};
for (let round = 0; round < Number(rounds); round++) {
  for (const [name, call] of Object.entries(CASES)) {
    times[name] ??= [];
    times[name].push(await medianUs(CALLS[name.split(':')[0] as keyof typeof CALLS], call));
  }
}
writeSync(3, JSON.stringify(times));
