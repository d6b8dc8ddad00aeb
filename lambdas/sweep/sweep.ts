import { JOB_METRICS } from '../shared/contract';
import { reasonOf } from '../shared/errors';
import type { EndingService } from '../shared/jobs/ending-service';
import { describe, diedEachTime } from '../shared/jobs/endings';
import { isFinal, type Job } from '../shared/jobs/job';
import type { SweepEnv } from '../shared/jobs/job-env';
import { ACCEPT_LEASE_MS, isRefused } from '../shared/jobs/job-table';

export type Sweeper = EndingService<SweepEnv>;

/** Of each partition of the index. What is left over is the next sweep's. */
const PAGE = 50;
/** Jobs at the same time: enough to be fast, few enough to leave the table to the workers. */
const PARALLEL = 10;

/** Looks after every job that is overdue, so that each accepted one reaches an end, whoever died on the way. */
export async function sweep(sweeper: Sweeper): Promise<{ readonly due: number; readonly repaired: number }> {
  const ids = await sweeper.table.due(PAGE);
  let repaired = 0;
  for (let start = 0; start < ids.length; start += PARALLEL) {
    const results = await Promise.all(ids.slice(start, start + PARALLEL).map((id) => repairOne(id, sweeper)));
    repaired += results.filter(Boolean).length;
  }
  // The line is there also when nothing was to do: an alarm sees that the sweeper runs.
  sweeper.log.event('swept', { model: 'all', due: ids.length, repaired }, [[JOB_METRICS.repaired, repaired]]);
  return { due: ids.length, repaired };
}

/** One that cannot be repaired now is left to the next sweep, and does not stop the others. */
async function repairOne(id: string, sweeper: Sweeper): Promise<boolean> {
  try {
    const job = await sweeper.table.get(id);
    return (
      job !== undefined && (job.dueAt ?? Number.POSITIVE_INFINITY) < sweeper.table.now() && (await repair(job, sweeper))
    );
  } catch (error) {
    sweeper.log.event('repair_failed', { job: id, reason: reasonOf(error) });
    return false;
  }
}

/** Whether something was done. */
async function repair(job: Job, sweeper: Sweeper): Promise<boolean> {
  const { endings, env, log, table } = sweeper;
  if (isFinal(job.state)) {
    await endings.tell(job);
    return true;
  }
  if (job.expiresAt <= table.now()) return ended(await table.timeOut(job), sweeper);
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

async function ended(result: Awaited<ReturnType<Sweeper['table']['timeOut']>>, { endings }: Sweeper): Promise<boolean> {
  if (isRefused(result)) return false;
  await endings.announce(result);
  return true;
}
