import { JOB_STATES, type JobState } from '../shared/contract';
import { quote, ServingError } from '../shared/errors';
import type { HttpRequest, Outcome } from '../shared/http/answer';
import { principalOf } from '../shared/http/principal';
import { type Job, stateAt } from '../shared/jobs/job';
import { ownerOf } from '../shared/jobs/job-id';
import { jobUrl } from './job-document';
import type { Front } from './service';

const DEFAULT_LIMIT = 20;
const LARGEST_LIMIT = 100;

/** The caller's jobs, newest first; `state`, `limit` and `before` (a time in epoch milliseconds) narrow them. */
export async function listJobs(request: HttpRequest, { table }: Front): Promise<Outcome> {
  const query = request.event.queryStringParameters ?? {};
  const states = query.state === undefined ? JOB_STATES : [stateOf(query.state)];
  const limit = Math.min(numberOf('limit', query.limit, DEFAULT_LIMIT), LARGEST_LIMIT);
  const now = table.now();
  const before = numberOf('before', query.before, now + 1);
  const owner = ownerOf(principalOf(request.event));
  const pages = await Promise.all(states.map((state) => table.list(owner, state, before, limit)));
  const jobs = pages
    .flat()
    .sort((a, b) => (b.acceptedAt ?? 0) - (a.acceptedAt ?? 0))
    .slice(0, limit);
  const next = jobs.length === limit ? jobs.at(-1)?.acceptedAt : undefined;
  return { status: 200, body: JSON.stringify({ jobs: jobs.map((job) => entry(request, job as Job, now)), next }) };
}

function entry(request: HttpRequest, job: Job, now: number) {
  return {
    id: job.id,
    state: stateAt(job, now),
    url: jobUrl(request, job.id),
    accepted_at: new Date(job.acceptedAt).toISOString(),
    ended_at: job.endedAt && new Date(job.endedAt).toISOString(),
  };
}

function stateOf(text: string): JobState {
  const state = JOB_STATES.find((known) => known === text.toUpperCase());
  if (state) return state;
  const message = `state must be one of ${JOB_STATES.join(', ')}; got ${quote(text)}`;
  throw new ServingError('INVALID_REQUEST', message, { field: 'state' });
}

function numberOf(field: string, text: string | undefined, whenAbsent: number): number {
  const number = text === undefined ? whenAbsent : Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new ServingError('INVALID_REQUEST', `${field} must be a whole number above 0; got ${quote(text)}`, { field });
}
