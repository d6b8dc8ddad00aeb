import { ChangeMessageVisibilityCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { JOB_VERSION, type JobMessage } from '../contract';
import type { Job } from './job';

/** SQS: the messages that make somebody look at a job. */
export class JobQueue {
  readonly #client: SQSClient;

  constructor(clientOptions: Readonly<Record<string, unknown>>) {
    const requestHandler = { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true };
    this.#client = new SQSClient({ maxAttempts: 3, requestHandler, ...clientOptions });
  }

  /** Puts a job's message into a queue. */
  async send(queueUrl: string, job: Job, history?: History): Promise<void> {
    const fifo = queueUrl.endsWith('.fifo');
    await this.#client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: messageOf(job, history),
        MessageGroupId: fifo ? (job.group ?? job.id) : undefined,
        // Sent again, it must not count as the message that was lost.
        MessageDeduplicationId: fifo ? `${job.id}-${job.generation}-${job.attempts}-${Date.now()}` : undefined,
      }),
    );
  }

  /** When a message that a worker has becomes visible again. */
  async returnAfter(queueUrl: string, receiptHandle: string, delayMs: number): Promise<void> {
    const seconds = Math.min(43_200, Math.max(0, Math.ceil(delayMs / 1000)));
    await this.#client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: queueUrl,
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: seconds,
      }),
    );
  }
}

/** What happened to a job before its message was sent. */
export type History = 'buried' | 'again';

/** @param stages the models that it is for, where it is not for all that answer the job */
export function messageOf(job: Job, history?: History, stages?: readonly string[]): string {
  const { expiresAt, generation, group, id, members, owner, stage } = job;
  const message: JobMessage = {
    v: JOB_VERSION,
    job: id,
    owner,
    generation,
    group,
    ...((members || stage) && { expiresAt }),
    ...(history && { [history]: true }),
    stages,
  };
  return JSON.stringify(message);
}

/** Whether a message is for the jobs, or the one of the models, that its reader looks after. */
export function isFor({ stages }: JobMessage, stage: string | undefined): boolean {
  return !stages || stage === undefined || stages.includes(stage);
}

/** What a message says; undefined where it is none of ours. */
export function readMessage(body: string): JobMessage | undefined {
  try {
    const message = JSON.parse(body);
    const known = message?.v === JOB_VERSION && typeof message.job === 'string' && typeof message.owner === 'string';
    return known && Number.isInteger(message.generation) ? message : undefined;
  } catch {
    return undefined;
  }
}
