/** The time of a session's creation and of its first run, for a model by path at a level of optimisation. */
import { writeSync } from 'node:fs';
import { peakBytes } from '../peak-memory';

const { InferenceSession, Tensor } = require('onnxruntime-node') as typeof import('onnxruntime-node');
const [model = '', level = 'all', input = '', ...shape] = process.argv.slice(2);
const started = performance.now();
const session = await InferenceSession.create(model, {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  graphOptimizationLevel: level as 'all',
});
const created = performance.now();
const sizes = shape.map(Number);
await session.run({ [input]: new Tensor('float32', new Float32Array(sizes.reduce((a, b) => a * b)), sizes) });
const ran = performance.now();
const peakMb = peakBytes() / 1024 ** 2;
writeSync(3, JSON.stringify([created - started, ran - created, peakMb]));
