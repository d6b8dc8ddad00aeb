import { JOB_METRICS } from '../shared/contract';
import { reasonOf } from '../shared/errors';
import type { EndingService } from '../shared/jobs/ending-service';
import { isFinal, type Job } from '../shared/jobs/job';
import { isRefused } from '../shared/jobs/job-table';

/** Does what nobody else did for an overdue job that is open and has not expired; whether something was done. */
export type Repair<Sweeper> = (job: Job, sweeper: Sweeper) => Promise<boolean>;

/** Of each partition of the index. What is left over is the next sweep's. */
const PAGE = 50;
/** Jobs at the same time: enough to be fast, few enough to leave the table to the workers. */
const PARALLEL = 10;

/** Looks after every job that is overdue, so that each accepted one reaches an end, whoever died on the way. */
export async function sweep<Sweeper extends EndingService>(
  sweeper: Sweeper,
  repair: Repair<Sweeper>,
): Promise<{ readonly due: number; readonly repaired: number }> {
  const ids = await sweeper.table.due(PAGE);
  let repaired = 0;
  for (let start = 0; start < ids.length; start += PARALLEL) {
    const results = await Promise.all(ids.slice(start, start + PARALLEL).map((id) => repairOne(id, sweeper, repair)));
    repaired += results.filter(Boolean).length;
  }
  // The line is there also when nothing was to do: an alarm sees that the sweeper runs.
  sweeper.log.event('swept', { model: 'all', due: ids.length, repaired }, [[JOB_METRICS.repaired, repaired]]);
  return { due: ids.length, repaired };
}

/** One that cannot be repaired now is left to the next sweep, and does not stop the others. */
async function repairOne<Sweeper extends EndingService>(
  id: string,
  sweeper: Sweeper,
  repair: Repair<Sweeper>,
): Promise<boolean> {
  try {
    const job = await sweeper.table.get(id);
    if (job === undefined || (job.dueAt ?? Number.POSITIVE_INFINITY) >= sweeper.table.now()) return false;
    return await repairOverdue(job, sweeper, repair);
  } catch (error) {
    sweeper.log.event('repair_failed', { job: id, reason: reasonOf(error) });
    return false;
  }
}

/** Whoever ended it may have died before anybody was told; what has expired ends now, and who waits for it is told. */
export async function repairOverdue<Sweeper extends EndingService>(
  job: Job,
  sweeper: Sweeper,
  repair: Repair<Sweeper>,
): Promise<boolean> {
  const { endings, table } = sweeper;
  if (isFinal(job.state)) {
    await endings.tell(job);
    return true;
  }
  if (job.expiresAt > table.now()) return repair(job, sweeper);
  const ended = await table.timeOut(job);
  if (isRefused(ended)) return false;
  await endings.announce(ended);
  return true;
}
