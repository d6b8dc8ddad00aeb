import type { EndingService } from '../shared/jobs/ending-service';
import { describe } from '../shared/jobs/endings';
import type { Job } from '../shared/jobs/job';
import { ACCEPT_LEASE_MS, isRefused } from '../shared/jobs/job-table';
import type { JobTopic } from '../shared/jobs/job-topic';
import { isDecided } from '../shared/jobs/members';
import type { FanOutSweepEnv } from './sweep-env';

export interface FanOutSweeper extends EndingService<FanOutSweepEnv> {
  readonly topic: JobTopic;
}

/** Time that who gathers, or a queue with a worker that died, has before the next look. */
const PATIENCE_MS = 60_000;

/** As for any job; and each of its models may have lost its worker, or how it ends is decided and nobody gathered. */
export async function repairFanOut(job: Job, sweeper: FanOutSweeper): Promise<boolean> {
  const { env, log, queue, table, topic } = sweeper;
  const now = table.now();
  if (job.state === 'ACCEPTING') {
    const taken = await table.takeOver(job, now + ACCEPT_LEASE_MS);
    if (isRefused(taken)) return false;
    await topic.publish(taken);
    await table.enqueued(taken);
    log.event('job_sent_again', { ...describe(job), state: job.state });
    return true;
  }
  const running = env.members.flatMap(({ name }) => (job.members?.[name]?.state === 'RUNNING' ? [name] : []));
  const leaseOf = (name: string) => job.members?.[name]?.leaseUntil ?? 0;
  const lost = running.filter((name) => leaseOf(name) < now);
  const decided = isDecided(job, env.members);
  const isDue = decided || lost.length > 0;
  const leases = isDue ? [now] : running.map(leaseOf);
  const at = leases.length > 0 ? Math.max(...leases) + PATIENCE_MS : job.expiresAt;
  if (isRefused(await table.lookAgain(job, Math.min(at, job.expiresAt)))) return false;
  if (decided) await queue.send(env.gatherQueueUrl, job);
  else if (lost.length > 0) await sendAgain(job, lost, sweeper);
  else return false;
  log.event('job_sent_again', { ...describe(job), state: job.state });
  return true;
}

/** First the message: whoever dies in between sends it once more, and never not at all. */
async function sendAgain(job: Job, lost: readonly string[], { table, topic }: FanOutSweeper): Promise<void> {
  await topic.publish(job, 'again', lost);
  await Promise.all(lost.map((name) => table.releaseMember(job, name)));
}
