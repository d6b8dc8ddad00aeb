import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { clientConfig } from '../../bin/local/target';
import type { JobEvent } from '../../lambdas/shared/contract';
import { IamUser } from './auth/iam-user';
import { call, expectOutputs, golden, logLines, post, signed } from './client';
import { deployApp, type Outputs } from './emulator';
import { JobService } from './jobs/job-service';
import { needing } from './needing';

const target = inject('target');
const { cases, tolerance } = golden('models/digits');
const question = { inputs: cases[0]?.inputs ?? [] };
const good = cases[0]?.outputs ?? [];

let outputs: Outputs = {};
beforeAll(async () => {
  outputs = await deployApp({ target, folder: inject('folder') }, 'jobs');
});
const service = (stack: string) => new JobService(target, outputs[stack] ?? {}, 'digits');

describe('[3.8] the result reaches who never asked for it', () => {
  test('by SNS, EventBridge, SQS and S3', async () => {
    const sinks = service('AsyncSinks');
    const { id } = await sinks.accepted(question);
    const [fromTopic] = await sinks.receive<JobEvent>(sinks.outputs.FromTopicUrl, 1);
    const [fromBus] = await sinks.receive<{ detail: JobEvent }>(sinks.outputs.FromBusUrl, 1);
    const [direct] = await sinks.receive<JobEvent>(sinks.outputs.DirectUrl, 1);
    // Each sink takes its own time.
    for (let i = 0; i < 100 && (await sinks.row(id))?.sinkPending !== undefined; i++) await sleep(100);
    const s3 = new S3Client(clientConfig(target));
    const { Body } = await s3.send(
      new GetObjectCommand({ Bucket: sinks.outputs.ResultsBucket, Key: `results/${id}.json` }),
    );
    const stored: JobEvent = JSON.parse((await Body?.transformToString()) ?? '');
    for (const event of [fromTopic, fromBus?.detail, direct, stored]) {
      expect(event).toMatchObject({ v: 1, job: id, state: 'SUCCEEDED', model: { name: 'digits', version: '1.0.0' } });
      const { outputs: tensors = [] } = (event?.result ?? {}) as { outputs?: typeof good };
      expectOutputs(tensors, good, tolerance);
    }
  });

  needing('iam').test('later, when a sink does not take it; and the job has ended all the same', async () => {
    const sinks = service('AsyncSinks');
    const id = await sinks.without('Worker', 'sns:Publish', async () => {
      const job = await sinks.accepted(question);
      expect((await sinks.ended(job.id)).state).toBe('SUCCEEDED');
      // The job has ended before anybody is told.
      const failed = async () =>
        (await logLines(sinks.outputs.WorkerLogGroup ?? '')).some(
          (line) => line.event === 'sink_failed' && line.job === job.id,
        );
      await expect.poll(failed, { timeout: 20_000, interval: 200 }).toBe(true);
      return job.id;
    });
    expect((await sinks.row(id))?.sinkPending).toBe(true);
    await sinks.receive(sinks.outputs.FromTopicUrl, 1, 1);
    await sinks.setRow(id, 'dueAt', Date.now() - 1);
    await sinks.sweep();
    const [told] = await sinks.receive<JobEvent>(sinks.outputs.FromTopicUrl, 1);
    expect(told?.job).toBe(id);
    expect((await sinks.row(id))?.sinkPending).toBeUndefined();
  });
});

test('[3.10] a FIFO queue of your own: jobs of a group run in the order they came', async () => {
  const fifo = service('AsyncFifo');
  await fifo.work(false);
  const ids: string[] = [];
  for (let i = 0; i < 8; i++) ids.push((await fifo.accepted(question, { 'x-message-group-id': 'one' })).id);
  await fifo.work(true);
  const starts: number[] = [];
  for (const id of ids) starts.push(Date.parse((await fifo.ended(id)).started_at ?? ''));
  expect(starts).toEqual([...starts].sort((a, b) => a - b));
  expect((await fifo.submit(question, { 'x-message-group-id': 'two words' })).status).toBe(400);
});

test('[3.1] the worker asks a predictor: the same answers, for JSON, rows and images', async () => {
  const asking = service('AsyncPredictor');
  const { id } = await asking.accepted({ id: 'mine', ...question });
  const job = await asking.ended(id);
  expect(job.result).toMatchObject({ model_name: 'digits', id: 'mine' });
  expectOutputs(job.result?.outputs ?? [], good, tolerance);
  const image = new Uint8Array(await readFile('models/digits/samples/7.png'));
  const picture = await post<{ id: string }>(`${asking.url}/predict`, image, { 'content-type': 'image/png' });
  expect(JSON.stringify((await asking.ended(picture.body.id)).result)).toContain('"7"');
});

needing('iam').describe('[3.2] a job belongs to who submitted it', () => {
  let users: IamUser[] = [];
  beforeAll(async () => {
    users = await Promise.all(['owner', 'stranger'].map((name) => IamUser.create(target, `job-${name}`)));
    const api = outputs.AsyncOwners?.Path?.split('/')[2];
    for (const user of users) await user.allow(`arn:aws:execute-api:us-east-1:000000000000:${api}/v1/*`);
  });
  afterAll(async () => {
    for (const user of users) await user.delete();
  });

  test('to others it does not exist, nor its key, nor its upload', async () => {
    const owners = service('AsyncOwners');
    const [mine, theirs] = users.map(({ credentials }) => signed(credentials)) as [
      ReturnType<typeof signed>,
      ReturnType<typeof signed>,
    ];
    const submit = (
      via: typeof mine,
      headers: Record<string, string>,
      body: string | undefined = JSON.stringify(question),
    ) =>
      call<{ id: string; code: string }>(
        `${owners.url}/v2/models/digits/infer`,
        { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } },
        via,
      );
    const key = { 'idempotency-key': 'the same' };
    const { body } = await submit(mine, key);
    const url = `${owners.url}/v2/jobs/${body.id}`;
    expect((await call(url, {}, mine)).status).toBeLessThan(300);
    for (const [path, method] of [
      [url, 'GET'],
      [url, 'DELETE'],
      [`${url}/retry`, 'POST'],
    ] as const) {
      const refused = await call<{ code: string }>(path, { method }, theirs);
      expect([method, refused.status, refused.body.code]).toEqual([method, 404, 'NOT_FOUND']);
    }
    expect((await submit(theirs, key)).body.id).not.toBe(body.id);
    const { body: upload } = await call<{ id: string; url: string }>(
      `${owners.url}/v2/uploads`,
      { method: 'POST', body: JSON.stringify({ bytes: 2 }), headers: { 'content-type': 'application/json' } },
      mine,
    );
    expect((await fetch(upload.url, { method: 'PUT', body: '{}' })).status).toBe(200);
    const stolen = await submit(theirs, { 'x-upload-id': upload.id }, '');
    expect([stolen.status, stolen.body.code]).toEqual([404, 'NOT_FOUND']);
    const list = await call<{ jobs: { id: string }[] }>(`${owners.url}/v2/jobs`, {}, theirs);
    expect(list.body.jobs.map(({ id }) => id)).not.toContain(body.id);
  });
});
