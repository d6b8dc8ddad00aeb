import { Failed } from '../predict/steps';
import type { ModelManifest } from '../shared/contract';
import { asServingError } from '../shared/errors';
import { askPredictor } from '../shared/predictor/ask';
import type { CallPredictor } from '../shared/predictor/call';
import { identityOf } from '../shared/session/model-store';
import { clientCodec, type JobAnswer, type JobBody, type JobCodec, type PredictJobs } from './own-model';

/** Each job is a call to a predictor, all of a batch at the same time. */
export function callPredictor(
  call: CallPredictor,
  manifest: ModelManifest,
  codec: JobCodec = clientCodec,
): PredictJobs {
  return (jobs) =>
    Promise.all(
      jobs.map((job) => answer(job, call, manifest, codec).catch((error) => new Failed(asServingError(error)))),
    );
}

async function answer(
  body: JobBody,
  call: CallPredictor,
  manifest: ModelManifest,
  codec: JobCodec,
): Promise<JobAnswer> {
  const { deadlineMs, job } = body;
  const { decode, encode } = codec(body);
  const inference = await decode({ identity: identityOf(manifest), manifest });
  const asking = { requestId: job.requestId, traceparent: job.traceparent, deadlineMs };
  const { latencyMs, outputs, success } = await askPredictor(call, asking, inference, manifest);
  const content = await encode({ identity: success.model, manifest }, inference, outputs);
  return { content, outputs, model: success.model, rows: inference.rows, modelLatencyMs: latencyMs, stacked: 1 };
}
