import { codecOf } from '../predict/http-prediction';
import { HEADERS, JOB_HEADERS, type ModelIdentity, type PredictorSuccess } from '../shared/contract';
import { asServingError, reasonOf, ServingError } from '../shared/errors';
import type { HttpRequest, Outcome } from '../shared/http/answer';
import { principalOf } from '../shared/http/principal';
import { receivedMsOf } from '../shared/http/request';
import type { Content } from '../shared/http/response';
import { inTime } from '../shared/in-time';
import { acceptJob } from '../shared/jobs/accept';
import { logAgreement } from '../shared/jobs/agreement';
import type { Job } from '../shared/jobs/job';
import { isRefused } from '../shared/jobs/job-table';
import { askPredictor } from '../shared/predictor/ask';
import type { CallPredictor } from '../shared/predictor/call';
import { outputTensors } from '../shared/predictor/exchange';
import type { Inference } from '../shared/protocol/tensor';
import { jobRequestOf } from '../submit/job-request';
import type { Front } from '../submit/service';
import { accepted, jobHeaders } from '../submit/submit';

export interface StagedFront extends Front {
  readonly callFast: CallPredictor;
  /** Whether the second stage answers alone where the first one does not. */
  readonly queueWithoutFirst: boolean;
}

/** Kept of the deadline for writing the answer. */
const RESERVE_MS = 300;

interface FirstAnswer {
  readonly success: PredictorSuccess;
  readonly content: Content;
  readonly latencyMs: number;
}

/**
 * The fast model answers now, and the same request is a job for the better one. Both begin together, and neither can
 * stop the other: without the queue there is the first answer alone, without the first answer the job.
 */
export async function answerFirst(
  operation: 'infer' | 'predictRows',
  request: HttpRequest,
  front: StagedFront,
): Promise<Outcome> {
  const { jobRequest, inference } = await jobRequestOf(operation, request, front);
  if (!inference) {
    const message = 'the first stage answers at once, so it takes no upload';
    throw new ServingError('INVALID_REQUEST', message, { field: JOB_HEADERS.upload });
  }
  const deadlineMs = receivedMsOf(request.event) + front.env.deadlineMs - RESERVE_MS;
  const [first, second] = await Promise.allSettled([
    callFirst(operation, request, inference, deadlineMs, front),
    // A queue that is slow must not make the first answer late.
    inTime(deadlineMs, 'before the job was accepted', () => acceptJob(jobRequest, front)),
  ]);
  const job = second.status === 'fulfilled' ? second.value : undefined;
  if (second.status === 'rejected') {
    // What the client got wrong it must hear.
    if (second.reason instanceof ServingError && second.reason.status < 500) throw second.reason;
    front.log.event('second_stage_unavailable', { requestId: request.requestId, reason: reasonOf(second.reason) });
  }
  if (first.status === 'fulfilled') return bothStages(request, first.value, job, front);
  const error = asServingError(first.reason);
  if (!job) throw error;
  if (front.queueWithoutFirst) return secondStageAlone(request, job, error, front);
  // One that an earlier request with the same key was promised is not this one's to cancel.
  if (job.requestId === request.requestId) await front.table.cancel(job).catch(() => undefined);
  throw error;
}

async function callFirst(
  operation: 'infer' | 'predictRows',
  { event, requestId, traceparent }: HttpRequest,
  inference: Inference,
  deadlineMs: number,
  { callFast, manifest }: StagedFront,
): Promise<FirstAnswer> {
  const asking = { requestId, traceparent, deadlineMs, principal: principalOf(event) };
  const { latencyMs, outputs, success } = await askPredictor(callFast, asking, inference, manifest);
  const content = await codecOf(operation, event, { deadlineMs, requestId }).encode(
    { identity: success.model, manifest },
    inference,
    outputs,
  );
  return { success, content, latencyMs };
}

async function bothStages(
  request: HttpRequest,
  { content, latencyMs, success }: FirstAnswer,
  job: Job | undefined,
  front: StagedFront,
): Promise<Outcome> {
  const { model, response } = success;
  if (job) await noteFirstStage(job, { model, latencyMs, response }, front);
  const state = job?.state ?? 'UNAVAILABLE';
  const headers: Record<string, string> = {
    ...answeredBy(model),
    ...(job && jobHeaders(request, job)),
    [JOB_HEADERS.secondStage]: state,
  };
  if (content.headerLength !== undefined) return { status: 200, ...content, headers };
  const parameters = { stage: 'first', second_stage: state, job: job?.id, job_url: headers[JOB_HEADERS.location] };
  return { status: 200, body: `{"parameters":${JSON.stringify(parameters)},${content.body.slice(1)}`, headers };
}

async function secondStageAlone(
  request: HttpRequest,
  job: Job,
  error: ServingError,
  front: StagedFront,
): Promise<Outcome> {
  const outcome = await accepted(request, job, front);
  const failed = JSON.stringify({ code: error.code, error: error.message });
  return {
    ...outcome,
    body: `${outcome.body.slice(0, -1)},"first_stage_error":${failed}}`,
    headers: { ...outcome.headers, [JOB_HEADERS.secondStage]: job.state },
  };
}

/** The row holds both answers for comparison; whoever comes second compares. It is no reason to fail. */
async function noteFirstStage(job: Job, first: NonNullable<Job['firstStage']>, front: StagedFront): Promise<void> {
  try {
    const fits = JSON.stringify(first.response).length <= front.env.inlineBytes;
    const row = await front.table.addFirstStage(job.id, fits ? first : { ...first, response: undefined });
    if (isRefused(row) || row.state !== 'SUCCEEDED' || row.input.operation !== 'infer' || !row.output?.inline) return;
    const second = JSON.parse(Buffer.from(row.output.inline).toString('utf8'));
    logAgreement(row, outputTensors(second, front.manifest.outputs), front.log);
  } catch (error) {
    front.log.event('first_stage_not_noted', { job: job.id, reason: reasonOf(error) });
  }
}

function answeredBy({ name, version }: ModelIdentity): Record<string, string> {
  return { [HEADERS.modelName]: name, [HEADERS.modelVersion]: version };
}
