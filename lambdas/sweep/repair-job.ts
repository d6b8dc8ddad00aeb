import type { EndingService } from '../shared/jobs/ending-service';
import { describe, diedEachTime } from '../shared/jobs/endings';
import type { Job } from '../shared/jobs/job';
import type { SweepEnv } from '../shared/jobs/job-env';
import { ACCEPT_LEASE_MS, isRefused } from '../shared/jobs/job-table';

/** Whether something was done. */
export async function repairJob(job: Job, sweeper: EndingService<SweepEnv>): Promise<boolean> {
  const { endings, env, log, table } = sweeper;
  if (job.state === 'RUNNING' && job.attempts >= env.maxAttempts) {
    return !isRefused(await endings.exhaust(job, diedEachTime(job)));
  }
  if (job.state === 'PENDING') return false;
  // Never sent, or its worker died and the message is gone: now it is ours to send.
  const taken = await table.takeOver(job, table.now() + ACCEPT_LEASE_MS);
  if (isRefused(taken)) return false;
  await sweeper.queue.send(env.queueUrl, taken, job.attempts > 0 ? 'again' : undefined);
  await table.enqueued(taken);
  log.event('job_sent_again', { ...describe(job), state: job.state, attempts: job.attempts });
  return true;
}
