/** `session.run` alone, in a loop: `loop-run.mjs MODEL INPUT COUNT VALUES SHAPE...`. Median microseconds to descriptor 3. */
import { writeSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { medianUs } from '../median';

const [model = '', input = '', count = '', values = '', ...shape] = process.argv.slice(2);
const session = await InferenceSession.create(model, {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  extra: { session: { intra_op: { allow_spinning: '0' } } },
});
const feeds = { [input]: new Tensor('float32', Float32Array.from(JSON.parse(values)), shape.map(Number)) };
writeSync(3, String(await medianUs(Number(count), () => session.run(feeds))));
