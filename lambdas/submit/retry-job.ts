import { HEADERS, JOB_HEADERS } from '../shared/contract';
import { ServingError } from '../shared/errors';
import type { HttpRequest, Outcome } from '../shared/http/answer';
import { pending } from '../shared/jobs/accept';
import { type Job, stateAt } from '../shared/jobs/job';
import { isRefused } from '../shared/jobs/job-table';
import { jobDocument, jobUrl } from './job-document';
import { ownJob } from './own-job';
import type { Front } from './service';
import { POLL_SECONDS } from './submit';

/** Another life for a job that failed, timed out or was cancelled: same id, same input, all tries again. */
export async function retryJob(request: HttpRequest, front: Front): Promise<Outcome> {
  const { enqueue, table } = front;
  const job = await accepted(await ownJob(request, front), front);
  try {
    await enqueue(job, 'again');
  } catch (cause) {
    // The row says ACCEPTING: the sweeper sends the message.
    const message = 'The queue did not take the job now; it will be tried again.';
    throw new ServingError('UNAVAILABLE', message, { retryAfterMs: 1000, cause });
  }
  const waiting = await pending(job, front);
  const headers = {
    [JOB_HEADERS.location]: jobUrl(request, job.id),
    [JOB_HEADERS.job]: job.id,
    [HEADERS.retryAfter]: `${POLL_SECONDS}`,
  };
  return { status: 202, body: await jobDocument(request, waiting, front), headers };

  async function accepted(found: Job, { env: { jobTimeoutMs }, members }: Front): Promise<Job> {
    // Timed out, but the sweeper has not been there yet.
    if (stateAt(found, table.now()) === 'TIMED_OUT' && found.state !== 'TIMED_OUT') await table.timeOut(found);
    const retried = await table.retry(found, jobTimeoutMs, members);
    if (!isRefused(retried)) return retried;
    const state = stateAt(retried.row ?? found, table.now());
    throw new ServingError('CONFLICT', `the job is ${state}; a job is retried after it ended without a result`);
  }
}
