import type { Job, JobInput } from '../lambdas/shared/jobs/job';

/** How jobs reach the worker. */
export interface Way {
  readonly name: string;
  /** Messages of one invocation. */
  readonly batch: number;
  /** Whether those are one tensor and one run. */
  readonly stacked: boolean;
}

export const WAYS: readonly Way[] = [
  { name: 'one by one', batch: 1, stacked: false },
  { name: 'batch of 10', batch: 10, stacked: true },
  { name: 'batch of 100', batch: 100, stacked: true },
  { name: 'batch of 100, not stacked', batch: 100, stacked: false },
];

/** What one process of the benchmark works on. */
export interface JobLoad {
  readonly headers: Readonly<Record<string, string>>;
  /** The request's body as base64. */
  readonly body: string;
  /** Most rows in one run where jobs are stacked. */
  readonly stackedRows: number;
  /** Jobs in a round. */
  readonly count: number;
  readonly rounds: number;
}

/** As the front stores it: what fits the row is there. */
export function inputOf({ headers, body }: JobLoad, inlineBytes: number): JobInput {
  const bytes = Buffer.from(body, 'base64');
  const stored = bytes.length <= inlineBytes ? { inline: bytes } : { ref: { key: 'input', bytes: bytes.length } };
  return { operation: 'infer', headers, ...stored };
}

const HOUR_MS = 3_600_000;

/** A job that waits in the queue. */
export function waitingJob(id: string, input: JobInput): Job {
  const now = Date.now();
  return {
    ...{ v: 1, id, owner: 'bench', ownerState: 'bench#PENDING', state: 'PENDING', generation: 1, attempts: 0 },
    ...{ acceptedAt: now, expiresAt: now + HOUR_MS, dueAt: now + HOUR_MS, dueShard: '0', ttl: 2 ** 32 },
    ...{ requestId: id, traceparent: '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01' },
    ...{ modelName: 'bench', expects: {}, input, inputHash: 'bench' },
  };
}

/** Its message as the queue hands it over. */
export function messageOf({ generation, id, owner }: Job): object {
  return {
    messageId: id,
    receiptHandle: id,
    body: JSON.stringify({ v: 1, job: id, owner, generation }),
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: `${Date.now()}`, SenderId: 'bench' },
    messageAttributes: {},
    md5OfBody: 'bench',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-west-1:111111111111:jobs',
    awsRegion: 'eu-west-1',
  };
}
