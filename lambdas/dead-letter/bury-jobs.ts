import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { reasonOf } from '../shared/errors';
import type { Bookkeeping } from '../shared/jobs/ending-service';
import { isFinal } from '../shared/jobs/job';
import { isFor, readMessage } from '../shared/jobs/job-queue';
import { isRefused, type JobKey } from '../shared/jobs/job-table';

const NEVER_BEGUN = 'no worker began with it, however often it was handed to one';

/** Messages that the queue gave up: their jobs fail, and they themselves wait for a redrive. */
export async function buryJobs(records: readonly SQSRecord[], service: Bookkeeping): Promise<SQSBatchResponse> {
  const failures: string[] = [];
  for (const { body, messageId } of records) {
    const message = readMessage(body);
    try {
      if (!message) throw new Error('the message names no job');
      if (isFor(message, service.stage)) await bury({ ...message, id: message.job }, service);
    } catch (error) {
      // After a few times the queue itself moves it to the dead-letter queue.
      service.log.event('burial_failed', { job: message?.job, reason: reasonOf(error) });
      failures.push(messageId);
    }
  }
  return { batchItemFailures: failures.map((itemIdentifier) => ({ itemIdentifier })) };
}

async function bury(key: JobKey, { endings }: Bookkeeping): Promise<void> {
  const ended = await endings.exhaust(key, NEVER_BEGUN);
  if (!isRefused(ended)) return;
  const job = ended.row;
  if (!job || job.generation !== key.generation) return;
  if (!isFinal(job.state)) throw new Error(`the job is ${job.state}`);
  await endings.tell(job);
}
