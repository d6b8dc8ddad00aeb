/** What a first program does: Node, ONNX Runtime, a session by path with no options, one run. Marks go to descriptor 3. */
import { writeSync } from 'node:fs';

const marks = [performance.timeOrigin, performance.timeOrigin + performance.now()];
const mark = () => marks.push(performance.timeOrigin + performance.now());

const { InferenceSession, Tensor } = require('onnxruntime-node') as typeof import('onnxruntime-node');
mark();
const [model = '', input = '', ...shape] = process.argv.slice(2);
const session = await InferenceSession.create(model);
mark();
const sizes = shape.map(Number);
await session.run({ [input]: new Tensor('float32', new Float32Array(sizes.reduce((a, b) => a * b)), sizes) });
mark();
writeSync(3, JSON.stringify(marks));
