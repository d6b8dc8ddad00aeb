import type { SQSBatchItemFailure, SQSBatchResponse, SQSRecord } from 'aws-lambda';
import type { JobMessage } from '../shared/contract';
import { reasonOf } from '../shared/errors';
import { isFor, readMessage } from '../shared/jobs/job-queue';
import type { JobKey } from '../shared/jobs/job-table';
import { answerJobs, type Claimed } from './answer-jobs';
import { claimJob } from './claim-job';
import type { Worker } from './service';

/** A message of the batch that names a job. */
export interface Delivery extends JobKey, Pick<JobMessage, 'buried' | 'again'> {
  readonly record: SQSRecord;
}

/** What the queue is told of a message: `done` with it, or again after some time. */
export type Verdict = { readonly done: true } | { readonly done: false; readonly delayMs?: number };

export const DONE: Verdict = { done: true };

/**
 * A batch of messages, round by round. New ones are claimed and answered together, as many as one run may hold. One that
 * was delivered before may be what killed a worker, so it runs alone and after all others, those with the fewest attempts
 * first. In a FIFO queue each one runs alone and in order, and what follows one that goes back goes back too.
 *
 * @param endsAt when AWS Lambda ends this invocation, in epoch milliseconds
 */
export async function work(records: readonly SQSRecord[], worker: Worker, endsAt: number): Promise<SQSBatchResponse> {
  await worker.prepare();
  const failures: SQSBatchItemFailure[] = [];
  const returned: Promise<void>[] = [];
  const giveBack = ({ messageId, receiptHandle }: SQSRecord, delayMs?: number) => {
    failures.push({ itemIdentifier: messageId });
    // Without a time the message stays invisible for its visibility timeout.
    if (delayMs === undefined) return;
    returned.push(worker.queue.returnAfter(worker.env.queueUrl, receiptHandle, delayMs).catch(() => {}));
  };
  const deliveries: Delivery[] = [];
  for (const record of records) {
    const message = readMessage(record.body);
    // No message of ours: it goes where an operator finds it.
    if (!message) giveBack(record);
    else if (isFor(message, worker.env.member?.name)) deliveries.push({ record, ...message, id: message.job });
  }
  const ordered = deliveries.some(({ record }) => record.attributes.MessageGroupId);
  let held = false;
  for (const round of ordered ? deliveries.map((delivery) => [delivery]) : await roundsOf(deliveries, worker)) {
    // A run that begins now must be able to end.
    if (held || endsAt - Date.now() < worker.env.deadlineMs) {
      for (const { record } of round) giveBack(record, held ? undefined : 0);
      continue;
    }
    const verdicts = await workTogether(round, worker, endsAt);
    for (const [index, { record }] of round.entries()) {
      const verdict = verdicts[index] as Verdict;
      if (verdict.done) continue;
      giveBack(record, verdict.delayMs);
      held = ordered;
    }
  }
  await Promise.all(returned);
  return { batchItemFailures: failures };
}

/** What is answered together, and in which order. */
async function roundsOf(deliveries: readonly Delivery[], { atOnce, table }: Worker): Promise<Delivery[][]> {
  const fresh = deliveries.filter(
    ({ again, buried, record }) => !again && !buried && record.attributes.ApproximateReceiveCount === '1',
  );
  const others = deliveries.filter((delivery) => !fresh.includes(delivery));
  const rounds: Delivery[][] = [];
  for (let start = 0; start < fresh.length; start += atOnce) rounds.push(fresh.slice(start, start + atOnce));
  const suspects = await Promise.all(
    others.map(async (delivery) => ({ delivery, attempts: (await table.get(delivery.id))?.attempts ?? 0 })),
  );
  suspects.sort((a, b) => a.attempts - b.attempts);
  return [...rounds, ...suspects.map(({ delivery }) => [delivery])];
}

async function workTogether(group: readonly Delivery[], worker: Worker, endsAt: number): Promise<Verdict[]> {
  const claims = await Promise.all(
    group.map((delivery) => claimJob(delivery, worker, endsAt).catch(retryLater(worker))),
  );
  const claimed = claims.filter((claim): claim is Claimed => 'job' in claim);
  const answers = await answerJobs(claimed, worker, endsAt);
  return claims.map((claim) => ('job' in claim ? (answers.get(claim) ?? { done: false }) : claim));
}

/** The table or a store did not answer: the message comes again by itself. */
export function retryLater({ log }: Pick<Worker, 'log'>) {
  return (error: unknown): Verdict => {
    log.event('job_postponed', { reason: reasonOf(error) });
    return { done: false };
  };
}
