import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type DeadLetterQueue, type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledgements';

export interface JobQueueSpec {
  readonly visibilityTimeout?: Duration;
  /** Default: 14 days. */
  readonly retentionPeriod?: Duration;
  readonly deadLetterQueue?: DeadLetterQueue;
  readonly encryptionKey?: IKey;
}

/** A queue that only TLS reaches, encrypted, whose messages stay as long as SQS lets them. */
export function addQueue(scope: Construct, id: string, spec: JobQueueSpec): Queue {
  const { encryptionKey } = spec;
  return new Queue(scope, id, {
    retentionPeriod: spec.retentionPeriod ?? Duration.days(14),
    visibilityTimeout: spec.visibilityTimeout,
    deadLetterQueue: spec.deadLetterQueue,
    enforceSSL: true,
    encryption: encryptionKey ? QueueEncryption.KMS : QueueEncryption.SQS_MANAGED,
    encryptionMasterKey: encryptionKey,
  });
}

export interface JobQueuesSpec {
  readonly encryptionKey?: IKey;
  /** How long jobs that have ended are kept. */
  readonly resultRetention: Duration;
  readonly visibilityTimeout: Duration;
  readonly maxAttempts: number;
  /** How many messages a worker takes at once, at most. */
  readonly batchSize: number;
  /** One of the user's own in place of the first. */
  readonly queue?: IQueue;
}

export interface JobQueues {
  readonly queue: IQueue;
  readonly exhaustedQueue?: Queue;
  readonly deadLetterQueue: Queue;
}

/** The queue of workers, the one for what none of them ever looked at, and the one where failed jobs rest. */
export function addJobQueues(scope: Construct, spec: JobQueuesSpec): JobQueues {
  const { batchSize, encryptionKey, maxAttempts, visibilityTimeout } = spec;
  const deadLetterQueue = addDeadLetterQueue(scope, 'DeadLetterQueue', spec);
  const exhaustedQueue = spec.queue
    ? undefined
    : addQueue(scope, 'ExhaustedQueue', {
        encryptionKey,
        visibilityTimeout: Duration.seconds(6 * BOOKKEEPING_TIMEOUT.toSeconds()),
        deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 5 },
      });
  // More often than any job is tried, or deliveries could end in failure because of their neighbours.
  const maxReceiveCount = maxAttempts * batchSize + 10;
  if (maxReceiveCount > 1000) {
    throw new Error(
      `batchSize must be at most ${Math.floor(990 / maxAttempts)} with maxAttempts ${maxAttempts}; got ${batchSize}. SQS hands out a message 1,000 times at most.`,
    );
  }
  const queue =
    spec.queue ??
    addQueue(scope, 'Queue', {
      encryptionKey,
      visibilityTimeout,
      deadLetterQueue: exhaustedQueue && { queue: exhaustedQueue, maxReceiveCount },
    });
  return { deadLetterQueue, exhaustedQueue, queue };
}

/** Where messages rest as long as their jobs: longer a message is of no use. */
export function addDeadLetterQueue(
  scope: Construct,
  id: string,
  { encryptionKey, resultRetention }: Pick<JobQueuesSpec, 'encryptionKey' | 'resultRetention'>,
): Queue {
  const retentionPeriod = Duration.seconds(
    Math.min(Math.max(60, resultRetention.toSeconds()), SQS_RETENTION.toSeconds()),
  );
  const queue = addQueue(scope, id, { encryptionKey, retentionPeriod });
  acknowledge(queue, 'jobQueue');
  return queue;
}

/** The longest that SQS has. */
const SQS_RETENTION = Duration.days(14);

/** Shorter than the least interval of the sweeper. */
export const BOOKKEEPING_TIMEOUT = Duration.seconds(50);
