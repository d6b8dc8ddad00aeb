/**
 * The worker in one process, table and payloads in its memory: `worker-loop.mjs LOAD`. CPU microseconds a job in each
 * round, by ways to hand the jobs over and by how much of the worker is counted, to descriptor 3.
 */
import { openSync, readFileSync, writeSync } from 'node:fs';
import type { SQSRecord } from 'aws-lambda';
import { Endings } from '../../lambdas/shared/jobs/endings';
import type { Job } from '../../lambdas/shared/jobs/job';
import { JobTable } from '../../lambdas/shared/jobs/job-table';
import { createOnnxSession } from '../../lambdas/shared/session/onnxruntime';
import { ownModel } from '../../lambdas/worker/own-model';
import { createWorker, type Worker } from '../../lambdas/worker/service';
import { work } from '../../lambdas/worker/work';
import { inputOf, type JobLoad, messageOf, WAYS, waitingJob } from '../job-load';
import { MemoryPayloads, MemoryRows } from '../job-stand-ins';
import { interleave } from '../rounds';

const load: JobLoad = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));

const nowhere = openSync('/dev/null', 'a');
const write = (line: string) => writeSync(nowhere, line);
const deployed = createWorker({ env: process.env, handlerDir: process.cwd(), createSession: createOnnxSession, write });
const input = inputOf(load, deployed.env.inlineBytes);
const rows = new MemoryRows();
const table = new JobTable(rows, { retentionMs: deployed.env.retentionMs, hasSinks: false });
const endings = new Endings({ env: deployed.env, table, queue: deployed.queue, log: deployed.log });
const worker: Worker = { ...deployed, table, payloads: new MemoryPayloads(Buffer.from(load.body, 'base64')), endings };
await worker.prepare();

let next = 0;
const subjects: Record<string, () => Promise<number>> = {};
for (const { name, batch, stacked } of WAYS) {
  const models = worker.service?.models;
  if (!models) throw new Error('the worker has no model of its own');
  const atOnce = stacked ? load.stackedRows : 1;
  const own: Worker = { ...worker, atOnce, predictJobs: ownModel(models, atOnce) };
  subjects[`model: ${name}`] = () => cpuUs(batch, (jobs) => predict(jobs, own));
  subjects[`worker: ${name}`] = () => cpuUs(batch, (jobs) => answer(jobs, own));
}
writeSync(3, JSON.stringify(await interleave(load.rounds, subjects)));

/** CPU time of all threads for one job, in microseconds; jobs and messages are made before. */
async function cpuUs(size: number, prepare: (jobs: readonly Job[]) => () => Promise<void>): Promise<number> {
  const batches: (() => Promise<void>)[] = [];
  for (let made = 0; made < load.count; made += size) {
    batches.push(prepare(Array.from({ length: size }, () => waitingJob(`job-${next++}`, input))));
  }
  const before = process.cpuUsage();
  for (const handle of batches) await handle();
  const { system, user } = process.cpuUsage(before);
  return (system + user) / (batches.length * size);
}

/** Body to body: decode, run, encode. */
function predict(jobs: readonly Job[], { predictJobs }: Worker): () => Promise<void> {
  const http = { headers: input.headers, body: load.body, isBase64Encoded: true };
  const bodies = jobs.map((job) => ({ job, body: http, deadlineMs: job.expiresAt }));
  return async () => {
    const answers = await predictJobs(bodies, Number.POSITIVE_INFINITY);
    if (answers.some((each) => !('content' in each))) throw new Error(JSON.stringify(answers[0]));
  };
}

/** Message to row: all that the worker does but for the network. */
function answer(jobs: readonly Job[], own: Worker): () => Promise<void> {
  const records = jobs.map((job) => messageOf(job) as SQSRecord);
  for (const job of jobs) rows.add(job);
  const endsAt = Date.now() + 600_000;
  return async () => {
    await work(records, own, endsAt);
    const ended = jobs.map(({ id }) => rows.take(id));
    const wrong = ended.find((job) => job?.state !== 'SUCCEEDED');
    if (wrong) throw new Error(JSON.stringify(wrong.error));
  };
}
