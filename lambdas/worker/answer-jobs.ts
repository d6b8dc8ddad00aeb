import { NOT_BEGUN } from '../predict/run-stacked';
import { Failed } from '../predict/steps';
import { type ErrorBody, JOB_METRICS } from '../shared/contract';
import { asServingError, reasonOf, type ServingError } from '../shared/errors';
import { logAgreement } from '../shared/jobs/agreement';
import { describe } from '../shared/jobs/endings';
import type { Job } from '../shared/jobs/job';
import { bodyOf, outputKey, storeContent } from '../shared/jobs/job-bodies';
import { isRefused } from '../shared/jobs/job-table';
import { retryDelayMs } from '../shared/jobs/retry-delay';
import type { JobAnswer, JobBody } from './own-model';
import type { Worker } from './service';
import { type Delivery, DONE, retryLater, type Verdict } from './work';

/** A job that this worker holds the lease of. */
export interface Claimed {
  readonly job: Job;
  readonly delivery: Delivery;
}

/**
 * Somebody else has the job by now; or it was this worker's own change, whose answer got lost. Only the next delivery can
 * tell, so the message is not done.
 */
const LOOK_AGAIN: Verdict = { done: false };

/** Kept of the invocation for writing results. */
const RESERVE_MS = 300;

/** Runs the jobs, as many as possible at once, and writes down how each one ended. */
export async function answerJobs(
  claimed: readonly Claimed[],
  worker: Worker,
  endsAt: number,
): Promise<Map<Claimed, Verdict>> {
  const bodies = await Promise.all(
    claimed.map(({ job }) => bodyFor(job, worker, endsAt).catch((error) => new Failed(asServingError(error)))),
  );
  const ready = bodies.filter((body): body is JobBody => !(body instanceof Failed));
  // A run that begins must be able to end.
  const predicted = ready.length ? await worker.predictJobs(ready, endsAt - worker.env.deadlineMs) : [];
  const verdicts = await Promise.all(
    claimed.map(async ({ job }, index) => {
      const body = bodies[index] as JobBody | Failed;
      const answer = body instanceof Failed ? body : (predicted[ready.indexOf(body)] as JobAnswer | Failed);
      return settleJob(job, answer, worker).catch(retryLater(worker));
    }),
  );
  return new Map(claimed.map((each, index) => [each, verdicts[index] as Verdict]));
}

async function bodyFor(job: Job, { payloads }: Worker, endsAt: number): Promise<JobBody> {
  return { job, body: await bodyOf(job, payloads), deadlineMs: endsAt - RESERVE_MS };
}

async function settleJob(job: Job, answer: JobAnswer | Failed, worker: Worker): Promise<Verdict> {
  if (answer === NOT_BEGUN) return putBack(job, worker);
  if (answer instanceof Failed) return settleFailure(job, answer.error, worker);
  const { endings, env, payloads, table } = worker;
  const output = await storeContent(answer.content, outputKey(job), env.inlineBytes, payloads);
  const ended = await table.succeed(job, { output, model: answer.model, asked: answer.content.asked });
  if (isRefused(ended)) return LOOK_AGAIN;
  const { modelLatencyMs, rows, stacked } = answer;
  worker.log.event('job_run', { ...describe(ended), rows, modelLatencyMs }, [[JOB_METRICS.stacked, stacked]]);
  logAgreement(ended, answer.outputs, worker.log);
  await endings.announce(ended);
  return DONE;
}

/** There was no time for it: as if it had never been taken. */
async function putBack(job: Job, { table }: Worker): Promise<Verdict> {
  return isRefused(await table.putBack(job)) ? LOOK_AGAIN : { done: false, delayMs: 0 };
}

/** What can never succeed fails at once; anything else is tried again, and after the last try laid aside for a redrive. */
async function settleFailure(job: Job, error: ServingError, { endings, env, log, table }: Worker): Promise<Verdict> {
  const body: ErrorBody = { code: error.code, message: error.message, field: error.field };
  if (error.status < 500 || error.code === 'NOT_IMPLEMENTED') {
    const ended = await table.fail(job, body);
    if (isRefused(ended)) return LOOK_AGAIN;
    await endings.announce(ended);
    return DONE;
  }
  const reason = reasonOf(error.cause ?? error);
  if (job.attempts < env.maxAttempts) {
    log.event('job_try_failed', { ...describe(job), attempts: job.attempts, code: error.code, reason });
    const released = await table.release(job, body);
    return isRefused(released) ? LOOK_AGAIN : { done: false, delayMs: retryDelayMs(job.attempts) };
  }
  const message = `tried ${job.attempts} times; the last time: ${error.message}`;
  const ended = await table.fail(job, { ...body, code: 'ATTEMPTS_EXHAUSTED', message });
  if (isRefused(ended)) return LOOK_AGAIN;
  await endings.bury(ended);
  await endings.announce(ended, { cause: reason });
  return DONE;
}
