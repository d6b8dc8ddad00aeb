import { decode } from '../predict/decode';
import { encode } from '../predict/encode';
import { codecOf } from '../predict/http-prediction';
import { resolveModel } from '../predict/resolve-model';
import { runStacked } from '../predict/run-stacked';
import { each, type Failed, type PredictRequest } from '../predict/steps';
import type { ModelIdentity } from '../shared/contract';
import type { HttpBody } from '../shared/http/request';
import type { Content } from '../shared/http/response';
import type { Asked } from '../shared/jobs/asked';
import type { Job } from '../shared/jobs/job';
import type { Tensor } from '../shared/protocol/tensor';
import type { ModelStore } from '../shared/session/model-store';

/** A job with its body, as it was sent. */
export interface JobBody {
  readonly job: Job;
  readonly body: HttpBody;
  /** Moment (epoch milliseconds) after which its answer comes too late for this worker. */
  readonly deadlineMs: number;
}

/** An answer as it is kept; and of one of several models what the client asked for, for who makes one answer of theirs. */
export interface JobContent extends Content {
  readonly asked?: Asked;
}

/** What a job's answer is. */
export interface JobAnswer {
  readonly content: JobContent;
  readonly outputs: readonly Tensor[];
  readonly model: ModelIdentity;
  readonly rows: number;
  readonly modelLatencyMs: number;
  /** Jobs that were answered by the same run. */
  readonly stacked: number;
}

/**
 * @param beginBy moment (epoch milliseconds) after which no run begins: what is left is NOT_BEGUN
 */
export type PredictJobs = (jobs: readonly JobBody[], beginBy: number) => Promise<(JobAnswer | Failed)[]>;

/** How a job's body is decoded, and its answer encoded. */
export type JobCodec = (job: JobBody) => Pick<PredictRequest<JobContent>, 'decode' | 'encode'>;

/** As the client wrote the one, and wants to read the other. */
export const clientCodec: JobCodec = ({ body, deadlineMs, job }) =>
  codecOf(job.input.operation, body, { deadlineMs, requestId: job.requestId });

/** The four steps of every prediction, with as many jobs as possible in each run. */
export function ownModel(models: ModelStore, maxStackedRows: number, codec: JobCodec = clientCodec): PredictJobs {
  return async (jobs, beginBy) => {
    const resolved = await each(
      jobs.map((job) => requestOf(job, codec)),
      (request) => resolveModel(request, models),
    );
    const decoded = await each(resolved, decode);
    const ran = await runStacked(decoded, maxStackedRows, beginBy);
    const predicted = await each(ran, encode);
    return each(predicted, ({ answer, inference, model, modelLatencyMs, outputs, stacked = 1 }) => ({
      content: answer,
      outputs,
      model: model.identity,
      rows: inference.rows,
      modelLatencyMs,
      stacked,
    }));
  };
}

function requestOf(job: JobBody, codec: JobCodec): PredictRequest<JobContent> {
  return { expects: job.job.expects, deadlineMs: job.deadlineMs, ...codec(job) };
}
