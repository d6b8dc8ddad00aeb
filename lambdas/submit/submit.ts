import { HEADERS, JOB_HEADERS } from '../shared/contract';
import type { HttpRequest, Outcome } from '../shared/http/answer';
import { preferencesOf } from '../shared/http/prefer';
import { acceptJob } from '../shared/jobs/accept';
import { type Job, stateAt } from '../shared/jobs/job';
import { missingOf } from '../shared/jobs/members';
import { jobDocument, jobUrl } from './job-document';
import { jobRequestOf } from './job-request';
import { resultContent } from './result';
import type { Front } from './service';
import { waitForEnd } from './wait';

/** Seconds after which a look at a job is worth it. */
export const POLL_SECONDS = 1;

/** Accepts a prediction: 202 with where to look; with `Prefer: wait=N` the prediction itself, if it is there by then. */
export async function submit(operation: 'infer' | 'predictRows', request: HttpRequest, front: Front): Promise<Outcome> {
  const { event } = request;
  const { jobRequest } = await jobRequestOf(operation, request, front);
  const job = await acceptJob(jobRequest, front);
  const { respondAsync, waitSeconds } = preferencesOf(event);
  if (!waitSeconds) return accepted(request, job, front, respondAsync ? 'respond-async' : undefined);
  const ended = await waitForEnd(job, waitSeconds, request, front);
  const applied = `wait=${waitSeconds}`;
  if (stateAt(ended, front.table.now()) !== 'SUCCEEDED') return accepted(request, ended, front, applied);
  const content = await resultContent(ended, front);
  if (!content) return accepted(request, ended, front, applied);
  const missing = missingOf(ended);
  const headers = {
    ...jobHeaders(request, ended),
    [JOB_HEADERS.preferenceApplied]: applied,
    // An answer of bytes has no other place for it.
    ...(missing.length > 0 && { [HEADERS.partial]: missing.join(', ') }),
  };
  return { status: 200, ...content, headers };
}

/** The answer of who waits for no result: where it will be. */
export async function accepted(request: HttpRequest, job: Job, front: Front, applied?: string): Promise<Outcome> {
  const headers: Record<string, string> = { ...jobHeaders(request, job), [HEADERS.retryAfter]: `${POLL_SECONDS}` };
  if (applied) headers[JOB_HEADERS.preferenceApplied] = applied;
  return { status: 202, body: await jobDocument(request, job, front), headers };
}

export function jobHeaders(request: HttpRequest, job: Job): Record<string, string> {
  return { [JOB_HEADERS.location]: jobUrl(request, job.id), [JOB_HEADERS.job]: job.id };
}
