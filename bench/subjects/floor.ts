/** The least a prediction needs: Node, ONNX Runtime, a session, one run. Marks go to file descriptor 3 as JSON. */
import { writeSync } from 'node:fs';

const marks = [performance.timeOrigin, performance.timeOrigin + performance.now()];
const mark = () => marks.push(performance.timeOrigin + performance.now());

const { InferenceSession, Tensor } = require('onnxruntime-node') as typeof import('onnxruntime-node');
mark();
const [model = '', input = '', ...shape] = process.argv.slice(2);
const session = await InferenceSession.create(model, {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
});
mark();
const sizes = shape.map(Number);
await session.run({ [input]: new Tensor('float32', new Float32Array(sizes.reduce((a, b) => a * b)), sizes) });
mark();
writeSync(3, JSON.stringify(marks));
