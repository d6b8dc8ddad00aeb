import type { SQSRecord } from 'aws-lambda';
import { buryJobs } from '../../../lambdas/dead-letter/bury-jobs';
import { gather } from '../../../lambdas/gather/gather';
import type { Gatherer } from '../../../lambdas/gather/service';
import type {
  FanOutMember,
  FanOutSpec,
  JobState,
  MemberSettings,
  TensorSource,
} from '../../../lambdas/shared/contract';
import { Endings } from '../../../lambdas/shared/jobs/endings';
import type { Job, Member } from '../../../lambdas/shared/jobs/job';
import type { EndingEnv } from '../../../lambdas/shared/jobs/job-env';
import { type JobQueue, messageOf } from '../../../lambdas/shared/jobs/job-queue';
import { JobTable } from '../../../lambdas/shared/jobs/job-table';
import { MemberTable } from '../../../lambdas/shared/jobs/member-table';
import type { PayloadStore } from '../../../lambdas/shared/jobs/payload-store';
import { RequestLog } from '../../../lambdas/shared/telemetry/request-log';
import { repairOverdue } from '../../../lambdas/sweep/sweep';
import { type FanOutSweeper, repairFanOut } from '../../../lambdas/sweep-fan-out/repair-fan-out';
import type { JobAnswer } from '../../../lambdas/worker/own-model';
import type { Worker } from '../../../lambdas/worker/service';
import { work } from '../../../lambdas/worker/work';
import { manifestOf } from '../manifest';
import { MemoryRows } from './memory-rows';

const NOW = Date.now();

/** What the fronts, workers and sweepers of a job of several models share, in memory. */
export function fanOut(members: Readonly<Record<string, Partial<FanOutMember>>>, changes: Partial<FanOutSpec> = {}) {
  const names = Object.keys(members);
  const clock = { now: NOW };
  const memory = new MemoryRows();
  const table = new JobTable(memory.rows, { retentionMs: 60_000, hasSinks: false }, () => clock.now);
  const log: Record<string, unknown>[] = [];
  /** Messages by the queue that they are in; a queue that is down takes none. */
  const sent: { readonly to: string; readonly message: Record<string, unknown> }[] = [];
  const down = new Set<string>();
  const queue = {
    send: async (to: string, job: Job, history?: 'buried' | 'again') => {
      if (down.has(to)) throw new Error(`${to} does not answer`);
      sent.push({ to, message: JSON.parse(messageOf(job, history)) });
    },
    returnAfter: async () => undefined,
  } as unknown as JobQueue;
  const objects = new Map<string, Uint8Array>();
  const payloads = {
    get: async ({ key }: { key: string }) => objects.get(key),
    put: async (key: string, bytes: Uint8Array) => {
      objects.set(key, bytes);
      return { key, bytes: bytes.byteLength };
    },
  } as unknown as PayloadStore;
  const requestLog = new RequestLog({
    service: 'jury',
    environment: 'test',
    write: (line) => log.push(JSON.parse(line)),
  });
  const outputs = Object.fromEntries(
    names.map((name): [string, TensorSource] => [`${name}.label`, { step: name, tensor: 'label' }]),
  );
  const spec: FanOutSpec = {
    members: names.map((name) => ({ name, isHard: false, endsAll: false, ...members[name] })),
    quorum: 1,
    aggregates: {},
    outputs,
    ...changes,
  };
  const manifest = manifestOf('digits', {
    name: 'jury',
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1] }],
    outputs: Object.keys(outputs).map((name) => ({ name, datatype: 'INT64', shape: [-1] })),
  });
  const env = {
    ...{
      deadLetterQueueUrl: 'dead-letters',
      gatherQueueUrl: 'gather',
      sinks: [],
      members: spec.members,
      queueUrl: 'own',
    },
    ...{
      environment: 'e',
      inlineBytes: 8192,
      jobTimeoutMs: 3_600_000,
      maxAttempts: 3,
      visibilityMs: 60_000,
      deadlineMs: 1000,
    },
  } as unknown as EndingEnv;
  const endings = new Endings({ env, table, queue, log: requestLog });
  const gatherer = { env, table, queue, endings, log: requestLog, manifest, spec, payloads } as unknown as Gatherer;
  const settings = (name: string): MemberSettings => ({
    name,
    model: `model-${name}`,
    endsAll: members[name]?.endsAll ?? false,
    all: names,
    inputs: {},
  });
  const topic = {
    publish: async (job: Job, history?: 'buried' | 'again', stages?: readonly string[]) => {
      if (down.has('topic')) throw new Error('topic does not answer');
      sent.push({ to: 'topic', message: JSON.parse(messageOf(job, history, stages)) });
    },
  };
  const sweeper = { env, table, queue, endings, log: requestLog, topic } as unknown as FanOutSweeper;
  const tables: Record<string, MemberTable> = Object.fromEntries(
    names.map((name) => [name, new MemberTable(memory.rows, settings(name), () => clock.now)]),
  );
  const memberTable = (name: string) => tables[name] as MemberTable;
  const bookkeeping = (name: string) => {
    const own = { stage: name, table: memberTable(name), queue, log: requestLog };
    return { ...own, endings: new Endings({ env, ...own, tell: (job) => queue.send('gather', job) }) };
  };
  const worker = (name: string) =>
    ({
      ...bookkeeping(name),
      ...{ env: { ...env, member: settings(name) }, model: `model-${name}`, payloads, atOnce: 1 },
      prepare: async () => undefined,
      predictJobs: async (bodies: readonly unknown[]) => bodies.map(() => ANSWER),
    }) as unknown as Worker;
  return {
    ...{ clock, down, gatherer, log, memberTable, memory, payloads, sent, table, worker },
    /** The message of a job reaches a worker of a model. */
    async deliver(name: string, job: Job, message: object = JSON.parse(messageOf(job))) {
      const { batchItemFailures } = await work([recordOf(message)], worker(name), clock.now + 10_000);
      return batchItemFailures.length;
    },
    /** The queue of a model has given up the message of a job. */
    async giveUp(name: string, job: Job, message: object = JSON.parse(messageOf(job))) {
      return (await buryJobs([recordOf(message)], bookkeeping(name))).batchItemFailures.length;
    },
    /** The sweeper comes by. */
    async sweep({ id }: Job) {
      const job = (await table.get(id)) as Job;
      if ((job.dueAt ?? Number.POSITIVE_INFINITY) >= clock.now) return false;
      return repairOverdue(job, sweeper, repairFanOut);
    },
    /** A job whose models are where `states` says, with one who answers all of them. */
    async job(states: Readonly<Record<string, Partial<Member>>>, own: Partial<Job> = {}): Promise<Job> {
      const job = newJob(states, own);
      await table.accept(job);
      return job;
    },
    async gather({ generation, id, owner }: Job) {
      const { batchItemFailures } = await gather([recordOf({ v: 1, job: id, owner, generation })], gatherer);
      return { failures: batchItemFailures.length, job: (await table.get(id)) as Job };
    },
  };
}

/** As SQS hands over a message for the first time. */
function recordOf(message: object): SQSRecord {
  const attributes = { ApproximateReceiveCount: '1' };
  return { body: JSON.stringify(message), messageId: 'm', receiptHandle: 'r', attributes } as unknown as SQSRecord;
}

const MODEL = { name: 'digits', version: '1', revision: 'abc' };

/** What the worker of a model has read. */
export const ASKED = { id: 'mine', outputs: ['fast.label'], rows: 1 };

/** What the worker of a model gives a job. */
const ANSWER: JobAnswer = {
  content: { body: labelled(0), asked: ASKED },
  outputs: [],
  model: MODEL,
  rows: 1,
  modelLatencyMs: 1,
  stacked: 1,
};

/** What a model answers: its label. */
export const answered = (label: number): Partial<Member> => ({
  ...{ state: 'SUCCEEDED', startedAt: NOW - 100, endedAt: NOW - 50, model: MODEL },
  output: { inline: Buffer.from(labelled(label)) },
});

function labelled(label: number): string {
  return JSON.stringify({ outputs: [{ name: 'label', datatype: 'INT64', shape: [1], data: [label] }] });
}

export const failed = (code: 'ATTEMPTS_EXHAUSTED' | 'INVALID_VALUE' = 'ATTEMPTS_EXHAUSTED'): Partial<Member> => ({
  state: 'FAILED',
  startedAt: NOW - 100,
  endedAt: NOW - 50,
  error: { code, message: 'tried 3 times' },
});

let jobs = 0;

function newJob(states: Readonly<Record<string, Partial<Member>>>, own: Partial<Job>): Job {
  const state: JobState = own.state ?? 'RUNNING';
  const members = Object.entries(states).map(
    ([name, member]) => [name, { state: 'PENDING', attempts: 1, ...member }] as const,
  );
  const inline = Buffer.from(JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1], data: [1] }] }));
  return {
    v: 1,
    id: `${jobs++}`.padStart(32, '0'),
    owner: 'o',
    state,
    ownerState: `o#${state}`,
    generation: 1,
    attempts: 0,
    acceptedAt: NOW - 1000,
    expiresAt: NOW + 3_600_000,
    dueAt: NOW - 1,
    requestId: 'r',
    traceparent: 't',
    modelName: 'jury',
    expects: {},
    input: { operation: 'infer', headers: { 'content-type': 'application/json' }, inline },
    inputHash: 'h',
    ttl: NOW / 1000 + 10_000,
    members: Object.fromEntries(members),
    settlements: 1,
    ...own,
  };
}

/** The job, asked for some of its outputs only. */
export const asking = (...names: readonly string[]): Partial<Job> => ({
  input: {
    operation: 'infer',
    headers: { 'content-type': 'application/json' },
    inline: Buffer.from(
      JSON.stringify({
        inputs: [{ name: 'x', datatype: 'FP32', shape: [1], data: [1] }],
        outputs: names.map((name) => ({ name })),
      }),
    ),
  },
});
