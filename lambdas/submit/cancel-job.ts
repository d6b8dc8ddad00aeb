import { JOB_METRICS } from '../shared/contract';
import { ServingError } from '../shared/errors';
import type { HttpRequest, Outcome } from '../shared/http/answer';
import { stateAt } from '../shared/jobs/job';
import { isRefused } from '../shared/jobs/job-table';
import { jobDocument } from './job-document';
import { ownJob } from './own-job';
import type { Front } from './service';

/** Only what nobody runs: a run cannot interrupt itself. Cancelled twice is cancelled. */
export async function cancelJob(request: HttpRequest, front: Front): Promise<Outcome> {
  const found = await ownJob(request, front);
  const cancelled = await front.table.cancel(found);
  if (!isRefused(cancelled)) {
    const details = { model: front.manifest.name, job: found.id, requestId: request.requestId };
    front.log.event('job_cancelled', details, [[JOB_METRICS.cancelled, 1]]);
    return { status: 200, body: await jobDocument(request, cancelled, front) };
  }
  const job = cancelled.row ?? found;
  if (job.state === 'CANCELLED') return { status: 200, body: await jobDocument(request, job, front) };
  const state = stateAt(job, front.table.now());
  throw new ServingError('CONFLICT', `the job is ${state}; only a job that waits can be cancelled`);
}
