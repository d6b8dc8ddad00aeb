import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { JobMessage } from '../../lambdas/shared/contract';
import { readMessage } from '../../lambdas/shared/jobs/job-queue';

/** The dead-letter queue of a service and the queue that its workers read. */
export interface JobQueues {
  readonly deadLetterQueue: string;
  readonly queue: string;
}

export interface RedriveOptions {
  /** Most messages that are moved. */
  readonly limit: number;
  /** Only say which. */
  readonly dryRun: boolean;
}

/** What became of the messages. */
export interface Redriven {
  readonly jobs: readonly string[];
  /** Messages that name no job; they stay. */
  readonly unknown: number;
}

/** Longer than the few calls that move one batch, and than a whole dry run. */
const HIDDEN_SECONDS = { move: 60, look: 300 };

/**
 * Moves messages back to the queue, each by receive, send and delete in that order: whoever is killed in between leaves a
 * message twice, which does nothing the second time, and never none.
 */
export async function redrive(
  client: SQSClient,
  queues: JobQueues,
  { limit, dryRun }: RedriveOptions,
): Promise<Redriven> {
  const jobs = new Set<string>();
  const left: Message[] = [];
  let unknown = 0;
  for (let found = await receive(client, queues, dryRun); found.length > 0; ) {
    for (const message of found) {
      const job = readMessage(message.Body ?? '');
      if (!job) unknown += 1;
      // A job that is here again has failed again since this began; it would come round for ever.
      const moves = job && jobs.size < limit && !jobs.has(job.job);
      if (moves) jobs.add(job.job);
      if (moves && !dryRun) await move(client, queues, message, job);
      else left.push(message);
    }
    const full = jobs.size >= limit;
    found = full || (!dryRun && left.length > 0) ? [] : await receive(client, queues, dryRun);
  }
  await Promise.all(left.map((message) => putBack(client, queues, message)));
  return { jobs: [...jobs], unknown };
}

async function receive(client: SQSClient, { deadLetterQueue }: JobQueues, dryRun: boolean): Promise<Message[]> {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: deadLetterQueue,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: dryRun ? HIDDEN_SECONDS.look : HIDDEN_SECONDS.move,
      // Asks all of SQS's servers, not some.
      WaitTimeSeconds: 1,
    }),
  );
  return Messages;
}

async function move(client: SQSClient, queues: JobQueues, message: Message, job: JobMessage): Promise<void> {
  const fifo = queues.queue.endsWith('.fifo');
  await client.send(
    new SendMessageCommand({
      QueueUrl: queues.queue,
      MessageBody: message.Body,
      MessageGroupId: fifo ? (job.group ?? job.job) : undefined,
      MessageDeduplicationId: fifo ? message.MessageId : undefined,
    }),
  );
  await client.send(
    new DeleteMessageCommand({ QueueUrl: queues.deadLetterQueue, ReceiptHandle: message.ReceiptHandle }),
  );
}

async function putBack(client: SQSClient, { deadLetterQueue }: JobQueues, { ReceiptHandle }: Message): Promise<void> {
  const command = new ChangeMessageVisibilityCommand({
    QueueUrl: deadLetterQueue,
    ReceiptHandle,
    VisibilityTimeout: 0,
  });
  await client.send(command);
}
