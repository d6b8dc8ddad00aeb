import type { SQSBatchItemFailure, SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { reasonOf } from '../shared/errors';
import { readMessage } from '../shared/jobs/job-queue';
import type { JobKey } from '../shared/jobs/job-table';
import { answerJobs, type Claimed } from './answer-jobs';
import { claimJob } from './claim-job';
import type { Worker } from './service';

/** A message of the batch that names a job. */
export interface Delivery extends JobKey {
  readonly record: SQSRecord;
  /** It comes from the dead-letter queue. */
  readonly buried?: boolean;
}

/** What the queue is told of a message: `done` with it, or again after some time. */
export type Verdict = { readonly done: true } | { readonly done: false; readonly delayMs?: number };

export const DONE: Verdict = { done: true };

/** Less than this is too little to begin with a job. */
const ENOUGH_MS = 500;

/**
 * A batch of messages. New ones are claimed and answered together. One that was delivered before may be what killed a
 * worker, so it runs alone and after all others, those with the fewest attempts first.
 *
 * @param endsAt when AWS Lambda ends this invocation, in epoch milliseconds
 */
export async function work(records: readonly SQSRecord[], worker: Worker, endsAt: number): Promise<SQSBatchResponse> {
  await worker.prepare();
  const failures: SQSBatchItemFailure[] = [];
  const settle = async (record: SQSRecord, verdict: Verdict) => {
    if (verdict.done) return;
    failures.push({ itemIdentifier: record.messageId });
    await giveBack(record, verdict.delayMs, worker);
  };
  const deliveries: Delivery[] = [];
  for (const record of records) {
    const message = readMessage(record.body);
    if (message) deliveries.push({ record, ...message, id: message.job });
    // No message of ours: it goes where an operator finds it.
    else await settle(record, { done: false });
  }
  for (const group of await roundsOf(deliveries, worker)) {
    if (endsAt - Date.now() < ENOUGH_MS) {
      for (const { record } of group) await settle(record, { done: false, delayMs: 0 });
      continue;
    }
    const verdicts = await workTogether(group, worker, endsAt);
    for (let i = 0; i < group.length; i++) await settle((group[i] as Delivery).record, verdicts[i] as Verdict);
  }
  return { batchItemFailures: failures };
}

/** What is answered together, and in which order. */
async function roundsOf(deliveries: readonly Delivery[], { table }: Worker): Promise<Delivery[][]> {
  if (deliveries.some(({ record }) => record.attributes.MessageGroupId))
    return deliveries.map((delivery) => [delivery]);
  const fresh = deliveries.filter(({ record }) => record.attributes.ApproximateReceiveCount === '1');
  const again = deliveries.filter((delivery) => !fresh.includes(delivery));
  const suspects = await Promise.all(
    again.map(async (delivery) => ({ delivery, attempts: (await table.get(delivery.id))?.attempts ?? 0 })),
  );
  suspects.sort((a, b) => a.attempts - b.attempts);
  return [...(fresh.length ? [fresh] : []), ...suspects.map(({ delivery }) => [delivery])];
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

/** Without a time the message stays invisible for its visibility timeout. */
async function giveBack(record: SQSRecord, delayMs: number | undefined, { env, queue }: Worker): Promise<void> {
  if (delayMs === undefined) return;
  await queue.returnAfter(env.queueUrl, record.receiptHandle, delayMs).catch(() => undefined);
}
