import { randomUUID } from 'node:crypto';
import { describe, diedEachTime, isExhausted } from '../shared/jobs/endings';
import { isFinal, type Job } from '../shared/jobs/job';
import { isRefused, type JobKey } from '../shared/jobs/job-table';
import type { Refused } from '../shared/jobs/rows';
import type { Claimed } from './answer-jobs';
import type { Worker } from './service';
import { type Delivery, DONE, type Verdict } from './work';

/** Takes a job, or says what is to be done with its message instead. */
export async function claimJob(delivery: Delivery, worker: Worker, endsAt: number): Promise<Claimed | Verdict> {
  const claimed = await claim(delivery, worker, endsAt);
  return isRefused(claimed) ? refused(claimed.row, delivery, worker, endsAt) : { job: claimed, delivery };
}

async function claim(job: JobKey, { env, table }: Worker, endsAt: number): Promise<Job | Refused> {
  const id = randomUUID();
  const claimed = await table.claim(job, {
    claim: id,
    worker: env.environment,
    leaseUntil: endsAt,
    maxAttempts: env.maxAttempts,
    visibilityMs: env.visibilityMs,
  });
  // Refused by its own first try, whose answer got lost.
  return isRefused(claimed) && claimed.row?.claim === id ? claimed.row : claimed;
}

/** Why a job could not be claimed decides about its message. */
async function refused(
  job: Job | undefined,
  delivery: Delivery,
  worker: Worker,
  endsAt: number,
): Promise<Claimed | Verdict> {
  const { env, table } = worker;
  const now = table.now();
  // Withdrawn by its front, past its retention, or of an earlier life: nobody waits for it.
  if (!job || job.generation !== delivery.generation) {
    worker.log.event('job_gone', { model: worker.model, job: delivery.id, buried: delivery.buried });
    return DONE;
  }
  if (isExhausted(job, delivery)) return exhausted(job, delivery, worker, endsAt);
  if (isFinal(job.state)) {
    // The whole ended without this model: its answer would come too late.
    if (delivery.buried && job.stage) worker.log.event('redriven_too_late', { ...describe(job), state: job.state });
    return endedAlready(job, worker);
  }
  const leaseLeft = job.state === 'RUNNING' ? (job.leaseUntil ?? 0) - now : 0;
  // Another worker has it: the message is a duplicate, or that worker is slow.
  if (leaseLeft > 0) return { done: false, delayMs: leaseLeft + 1000 };
  if (job.expiresAt <= now) return end(await table.timeOut(job), worker);
  if (job.attempts < env.maxAttempts) return { done: false };
  return isRefused(await worker.endings.exhaust(job, diedEachTime(job))) ? { done: false } : DONE;
}

/** Its message came back from the dead-letter queue; or whoever wanted to lay it there died before. */
async function exhausted(job: Job, delivery: Delivery, worker: Worker, endsAt: number): Promise<Claimed | Verdict> {
  if (!delivery.buried) {
    await worker.endings.bury(job);
    return endedAlready(job, worker);
  }
  const revived = await worker.table.revive(job, worker.env.jobTimeoutMs);
  if (isRefused(revived)) return { done: false };
  const claimed = await claim(revived, worker, endsAt);
  return isRefused(claimed) ? { done: false } : { job: claimed, delivery };
}

/** The worker before died after its result was there: what it left is done now. */
async function endedAlready(job: Job, { endings }: Worker): Promise<Verdict> {
  await endings.tell(job);
  return DONE;
}

async function end(ended: Awaited<ReturnType<Worker['table']['timeOut']>>, { endings }: Worker): Promise<Verdict> {
  if (!isRefused(ended)) await endings.announce(ended);
  return DONE;
}
