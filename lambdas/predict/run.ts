import { ServingError } from '../shared/errors';
import { checkDeadline } from '../shared/in-time';
import type { Decoded, Ran } from './steps';

/**
 * One run per request. A run cannot be interrupted, so the deadline is looked at before it and after it: nobody is
 * waiting any more, and a late answer must not look like one in time.
 */
export async function run<Answer>(decoded: Decoded<Answer>): Promise<Ran<Answer>> {
  const { inference, model, request } = decoded;
  checkDeadline(request.deadlineMs, 'before the model ran');
  const startMs = Date.now();
  const started = performance.now();
  const outputs = await model.session.run(inference.inputs, inference.outputs).catch((cause) => {
    throw new ServingError('INTERNAL', 'The model failed to run.', { cause });
  });
  const modelLatencyMs = performance.now() - started;
  checkDeadline(request.deadlineMs, 'while the model ran');
  return { ...decoded, outputs, startMs, endMs: Date.now(), modelLatencyMs };
}
