import { codecOf } from '../predict/http-prediction';
import { Failed } from '../predict/steps';
import { CONTRACT_VERSION, type ModelManifest } from '../shared/contract';
import { asServingError } from '../shared/errors';
import type { CallPredictor } from '../shared/predictor/call';
import { inferRequestOf, outputTensors, requireSuccess } from '../shared/predictor/exchange';
import { identityOf } from '../shared/session/model-store';
import type { JobAnswer, JobBody, PredictJobs } from './own-model';

/** Each job is a call to a predictor, all of a batch at the same time. */
export function callPredictor(call: CallPredictor, manifest: ModelManifest): PredictJobs {
  return (jobs) =>
    Promise.all(jobs.map((job) => answer(job, call, manifest).catch((error) => new Failed(asServingError(error)))));
}

async function answer(
  { body, deadlineMs, job }: JobBody,
  call: CallPredictor,
  manifest: ModelManifest,
): Promise<JobAnswer> {
  const { decode, encode } = codecOf(job.input.operation, body, { deadlineMs, requestId: job.requestId });
  const inference = await decode({ identity: identityOf(manifest), manifest });
  const { requestId, traceparent } = job;
  const request = {
    v: CONTRACT_VERSION,
    requestId,
    traceparent,
    deadlineMs,
    request: inferRequestOf(inference),
  } as const;
  const started = performance.now();
  const { model, response } = requireSuccess(await call(request));
  const modelLatencyMs = performance.now() - started;
  const outputs = outputTensors(response, manifest.outputs);
  const content = await encode({ identity: model, manifest }, inference, outputs);
  return { content, outputs, model, rows: inference.rows, modelLatencyMs, stacked: 1 };
}
