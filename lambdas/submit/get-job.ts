import { HEADERS } from '../shared/contract';
import type { HttpRequest, Outcome } from '../shared/http/answer';
import { preferencesOf } from '../shared/http/prefer';
import { isFinal, stateAt } from '../shared/jobs/job';
import { jobDocument } from './job-document';
import { ownJob } from './own-job';
import type { Front } from './service';
import { POLL_SECONDS } from './submit';
import { waitForEnd } from './wait';

/** 202 while it may still end, 200 with how it ended. With `Prefer: wait=N` it waits for the end. */
export async function getJob(request: HttpRequest, front: Front): Promise<Outcome> {
  const found = await ownJob(request, front);
  const { waitSeconds = 0 } = preferencesOf(request.event);
  const job = await waitForEnd(found, waitSeconds, request, front);
  const body = await jobDocument(request, job, front);
  if (isFinal(stateAt(job, front.table.now()))) return { status: 200, body };
  return { status: 202, body, headers: { [HEADERS.retryAfter]: `${POLL_SECONDS}` } };
}
