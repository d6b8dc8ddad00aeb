import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import Ajv2020 from 'ajv/dist/2020';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { JOB_ROUTES } from '../../lambdas/shared/contract';
import { AT_ONCE } from './capabilities';
import { call, expectOutputs, golden, iterationsPerSecond, logLines, post, slowRequest } from './client';
import { deployApp, type Outputs } from './emulator';
import { JobService } from './jobs/job-service';
import { poison } from './jobs/poison';
import { needing } from './needing';
import { killEnvironments } from './processes';

const target = inject('target');
const atOnce = AT_ONCE[inject('endpoint')];
const { cases, tolerance } = golden('models/digits');
const question = { inputs: cases[0]?.inputs ?? [] };
const good = cases[0]?.outputs ?? [];
const other = { inputs: cases[1]?.inputs ?? [] };

let outputs: Outputs = {};
let digits: JobService;
beforeAll(async () => {
  outputs = await deployApp({ target, folder: inject('folder') }, 'jobs');
  digits = service('AsyncDigits', 'digits');
});

function service(stack: string, model: string): JobService {
  return new JobService(target, outputs[stack] ?? {}, model);
}

describe('a job from its acceptance to its result', () => {
  test('[3.1] 202 with a job, which has the result soon after', async () => {
    const answer = await digits.submit({ id: 'mine', ...question }, { prefer: 'respond-async' });
    expect(answer.status).toBe(202);
    const { headers, body } = answer;
    expect(headers.get('retry-after')).toMatch(/^\d+$/);
    expect(headers.get('preference-applied')).toBe('respond-async');
    expect(headers.get('x-job-id')).toBe(body.id);
    expect(headers.get('location')).toMatch(new RegExp(`^http://.+/v2/jobs/${body.id}$`));
    expect(['ACCEPTING', 'PENDING', 'RUNNING', 'SUCCEEDED']).toContain(body.state);
    const job = await digits.ended(body.id);
    expect(job).toMatchObject({ id: body.id, state: 'SUCCEEDED', attempts: 1, model_version: '1.0.0' });
    expect(job.result).toMatchObject({ model_name: 'digits', model_version: '1.0.0', id: 'mine' });
    expectOutputs(job.result?.outputs ?? [], good, tolerance);
  });

  needing('calledAddress').test('[3.1] where to look for it leads there as it is given', async () => {
    const { body, headers } = await digits.submit(question);
    expect(headers.get('location')).toBe(`${digits.url}/v2/jobs/${body.id}`);
    expect(body.url).toBe(headers.get('location'));
    await digits.ended(body.id);
    const seen = await call<typeof body>(body.url);
    expect([seen.status, seen.body.id, seen.body.state]).toEqual([200, body.id, 'SUCCEEDED']);
  });

  test('[3.1] with Prefer: wait it is the answer itself', async () => {
    const answer = await digits.submit(question, { prefer: 'respond-async, wait=8' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('preference-applied')).toBe('wait=8');
    expectOutputs(answer.body.outputs, good, tolerance);
  });

  test('[3.1] an image is a job too, and rows are', async () => {
    const image = readFileSync('models/digits/samples/7.png');
    const answer = await post<{ id: string }>(`${digits.url}/predict`, new Uint8Array(image), {
      'content-type': 'image/png',
    });
    expect(answer.status).toBe(202);
    const job = await digits.ended(answer.body.id);
    expect(JSON.stringify(job.result)).toContain('"7"');
  });

  test('[X.2] what the model cannot take is refused at once, and is no job', async () => {
    const { body, status } = await digits.submit({ inputs: [{ ...question.inputs[0], shape: [1, 3] }] });
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'INVALID_SHAPE', field: 'inputs[0].shape' });
  });

  test('[X.3] it is live and ready, and tells its signature', async () => {
    expect((await call(`${digits.url}/v2/health/ready`)).body).toEqual({ ready: true });
    expect((await call(`${digits.url}/v2/models/digits/versions/1.0.0/ready`)).status).toBe(200);
    expect((await call(`${digits.url}/v2/models/digits`)).body).toMatchObject({ name: 'digits', versions: ['1.0.0'] });
  });

  test('its OpenAPI document has every route of jobs, and what it answers fits it', async () => {
    const { body: document } = await call<{ paths: object; components: object }>(`${digits.url}/openapi.json`);
    expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(JOB_ROUTES.map(({ path }) => path)));
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'api', components: document.components });
    const { id } = await digits.accepted(question);
    await digits.ended(id);
    const { body: list } = await call(`${digits.url}/v2/jobs`);
    for (const [schema, value] of [
      ['Job', (await digits.poll(id)).body],
      ['Jobs', list],
    ] as const) {
      ajv.validate(`api#/components/schemas/${schema}`, value);
      expect(ajv.errors ?? []).toEqual([]);
    }
  });

  test('[X.5] one request id and one trace join front, queue and worker', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const answer = await digits.submit(question, { traceparent });
    const requestId = answer.headers.get('x-request-id');
    await digits.ended(answer.body.id);
    const front = (await logLines(digits.outputs.SubmitLogGroup ?? '')).filter((line) => line.requestId === requestId);
    const worker = async () =>
      (await logLines(digits.outputs.WorkerLogGroup ?? '')).filter((line) => line.requestId === requestId);
    expect(front.map(({ event }) => event)).toContain('job_accepted');
    await expect
      .poll(async () => (await worker()).map(({ event }) => event))
      .toEqual(expect.arrayContaining(['job_run', 'job_ended']));
    for (const { traceparent: child } of [...front, ...(await worker())])
      expect(child).toContain('0af7651916cd43dd8448eb211c80319c');
  });
});

describe('[3.2] a look at a job', () => {
  test('says what is not there: an unknown id, and what is no id', async () => {
    for (const id of ['0'.repeat(32), 'nothing', '..%2F..%2Fuploads', '%00']) {
      const { body, status } = await digits.poll(id);
      expect([id, status, body.code]).toEqual([id, 404, 'NOT_FOUND']);
    }
  });

  test('says PENDING, then SUCCEEDED; and 410 when it is no longer kept', async () => {
    await digits.work(false);
    const { id } = await digits.accepted(question);
    const pending = await digits.poll(id);
    expect([pending.status, pending.body.state]).toEqual([202, 'PENDING']);
    expect(pending.headers.get('retry-after')).toMatch(/^\d+$/);
    await digits.work(true);
    expect((await digits.ended(id)).state).toBe('SUCCEEDED');
    await digits.setRow(id, 'ttl', Math.floor(Date.now() / 1000) - 1);
    const gone = await digits.poll(id);
    expect([gone.status, gone.body.code]).toEqual([410, 'GONE']);
  });

  test('lists by state, newest first', async () => {
    const first = await digits.accepted(question);
    const second = await digits.accepted(other);
    await digits.ended(first.id);
    await digits.ended(second.id);
    const { body } = await call<{ jobs: { id: string; state: string }[] }>(
      `${digits.url}/v2/jobs?state=succeeded&limit=2`,
    );
    expect(body.jobs.map(({ id }) => id)).toEqual([second.id, first.id]);
    expect(new Set(body.jobs.map(({ state }) => state))).toEqual(new Set(['SUCCEEDED']));
    const wrong = await call<{ field: string }>(`${digits.url}/v2/jobs?state=done`);
    expect([wrong.status, wrong.body.field]).toEqual([400, 'state']);
  });
});

describe('[3.3] the same again, cancelled, tried again', () => {
  test('the same key many times at once is one job', async () => {
    const key = { 'idempotency-key': `many-${Date.now()}` };
    const jobs = await Promise.all(Array.from({ length: atOnce }, () => digits.accepted(question, key)));
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
    expect((await digits.ended(jobs[0]?.id ?? '')).attempts).toBe(1);
  });

  test('the same key for something else is 422', async () => {
    const key = { 'idempotency-key': `other-${Date.now()}` };
    const { id } = await digits.accepted(question, key);
    const { body, status } = await digits.submit(other, key);
    expect([status, body.code, body.field]).toEqual([422, 'IDEMPOTENCY_MISMATCH', 'idempotency-key']);
    expect((await digits.accepted(question, key)).id).toBe(id);
  });

  test('a job that waits is cancelled, is never run, and can be retried; a done one can be neither', async () => {
    await digits.work(false);
    const { id } = await digits.accepted(question);
    const url = `${digits.url}/v2/jobs/${id}`;
    const cancelled = await call<{ state: string }>(url, { method: 'DELETE' });
    expect([cancelled.status, cancelled.body.state]).toEqual([200, 'CANCELLED']);
    expect((await call(url, { method: 'DELETE' })).status).toBe(200);
    await digits.work(true);
    await sleep(1500);
    expect(await digits.row(id)).toMatchObject({ state: 'CANCELLED', attempts: 0 });
    const retried = await call<{ id: string }>(`${url}/retry`, { method: 'POST' });
    expect([retried.status, retried.body.id]).toEqual([202, id]);
    const job = await digits.ended(id);
    expectOutputs(job.result?.outputs ?? [], good, tolerance);
    for (const [path, method] of [
      [`${url}/retry`, 'POST'],
      [url, 'DELETE'],
    ] as const) {
      const { body, status } = await call<{ code: string }>(path, { method });
      expect([method, status, body.code]).toEqual([method, 409, 'CONFLICT']);
    }
  });
});

test('[3.4] jobs submitted while no worker is there are all accepted, and all done when they are back', async () => {
  await digits.work(false);
  const jobs: { id: string }[] = [];
  while (jobs.length < 40) {
    const wave = Array.from({ length: Math.min(atOnce, 40) }, (_, i) => digits.accepted(i % 2 ? other : question));
    jobs.push(...(await Promise.all(wave)));
  }
  await digits.work(true);
  for (const [i, { id }] of jobs.entries()) {
    const { result, state } = await digits.ended(id);
    expect(state).toBe('SUCCEEDED');
    expectOutputs(result?.outputs ?? [], cases[i % 2]?.outputs ?? [], tolerance);
  }
});

test('[3.7] jobs that wait together are one run, each with its own answer', async () => {
  await digits.work(false);
  const jobs = await Promise.all(cases.slice(0, 10).map(({ inputs }) => digits.accepted({ inputs })));
  await digits.work(true);
  for (const [i, { id }] of jobs.entries()) {
    expectOutputs((await digits.ended(id)).result?.outputs ?? [], cases[i]?.outputs ?? [], tolerance);
  }
  const stacked = async () =>
    (await logLines(digits.outputs.WorkerLogGroup ?? ''))
      .filter(({ job }) => jobs.some(({ id }) => id === job))
      .map((line) => Number(line.StackedJobs ?? 0));
  await expect.poll(async () => Math.max(0, ...(await stacked()))).toBeGreaterThan(1);
});

describe('[3.1] what refuses or dies while a job is accepted', () => {
  needing('iam').test.each([
    ['the queue', 'sqs:SendMessage', question],
    ['the table', 'dynamodb:PutItem', question],
    [
      'the bucket',
      's3:PutObject',
      { inputs: [{ ...question.inputs[0], shape: [40, 1, 28, 28], data: Array(31360).fill(0.5) }] },
    ],
  ])('%s refuses: 503, and there is no job', async (_, action, body) => {
    const before = await call<{ jobs: unknown[] }>(`${digits.url}/v2/jobs?limit=100`);
    const answer = await digits.without('Submit', action, () => digits.submit(body));
    expect([answer.status, answer.body.code]).toEqual([503, 'UNAVAILABLE']);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    const after = await call<{ jobs: unknown[] }>(`${digits.url}/v2/jobs?limit=100`);
    expect(after.body.jobs).toHaveLength(before.body.jobs.length);
    expect((await digits.submit(question)).status).toBe(202);
  });

  needing('iam').test('with a key the job of a refused queue stays, and the sweeper sends it', async () => {
    const key = { 'idempotency-key': `refused-${Date.now()}` };
    const refused = await digits.without('Submit', 'sqs:SendMessage', () => digits.submit(question, key));
    expect(refused.status).toBe(503);
    const { id } = await digits.accepted(question, key);
    expect((await digits.row(id))?.state).toBe('ACCEPTING');
    await digits.setRow(id, 'dueAt', Date.now() - 1);
    expect((await digits.sweep()).repaired).toBeGreaterThanOrEqual(1);
    expect((await digits.ended(id)).state).toBe('SUCCEEDED');
  });

  test('a front that dies before the message is sent: the sweeper sends it', async () => {
    await digits.work(false);
    const { id } = await digits.accepted(question);
    const row = await digits.row(id);
    if (!row) throw new Error('no row');
    await digits.purge('Queue');
    await digits.putRow({ ...row, state: 'ACCEPTING', ownerState: `${row.owner}#ACCEPTING`, dueAt: Date.now() - 1 });
    await digits.work(true);
    await digits.sweep();
    expect((await digits.ended(id)).state).toBe('SUCCEEDED');
  });

  needing('iam').test(
    'a front that dies after the message is sent: the worker takes a job that is ACCEPTING',
    async () => {
      const accepted = await digits.without('Submit', 'dynamodb:UpdateItem', () => digits.accepted(question));
      expect(accepted.state).toBe('ACCEPTING');
      expect((await digits.ended(accepted.id)).state).toBe('SUCCEEDED');
    },
  );

  test('a worker that died with its message gone too: the sweeper hands the job to another', async () => {
    await digits.work(false);
    const { id } = await digits.accepted(question);
    await digits.purge('Queue');
    const row = await digits.row(id);
    if (!row) throw new Error('no row');
    const past = Date.now() - 1000;
    const dead = { state: 'RUNNING' as const, claim: 'dead', leaseUntil: past, dueAt: past, attempts: 1 };
    await digits.putRow({ ...row, ...dead, ownerState: `${row.owner}#RUNNING` });
    await digits.sweep();
    await digits.work(true);
    expect(await digits.ended(id)).toMatchObject({ state: 'SUCCEEDED', attempts: 2 });
  });

  test('what outlived its time is TIMED_OUT, and is not run when its message comes late', async () => {
    await digits.work(false);
    const { id } = await digits.accepted(question);
    await digits.setRow(id, 'expiresAt', Date.now() - 1);
    await digits.setRow(id, 'dueAt', Date.now() - 1);
    expect((await digits.poll(id)).body.state).toBe('TIMED_OUT');
    await digits.sweep();
    expect((await digits.row(id))?.state).toBe('TIMED_OUT');
    await digits.work(true);
    await sleep(1500);
    expect(await digits.row(id)).toMatchObject({ state: 'TIMED_OUT', attempts: 0 });
  });
});

needing('killEnvironments').test(
  '[3.5] a worker killed while it runs a job: it is run again, and there is one result',
  async () => {
    const slow = service('AsyncSlow', 'slow');
    const sync = inject('fixtures').slow ?? inject('fixtures')['test-slow'];
    const perSecond = await iterationsPerSecond(`${target.endpointUrl}${sync?.Path}`);
    const { id } = await slow.accepted(slowRequest(perSecond));
    const state = async () => (await slow.row(id))?.state;
    await expect.poll(state, { interval: 50 }).toBe('RUNNING');
    expect(killEnvironments(inject('endpoint'), slow.outputs.WorkerFunction ?? '')).toBeGreaterThan(0);
    expect((await slow.poll(id)).body.state).toBe('RUNNING');
    const job = await slow.ended(id, 100);
    expect(job).toMatchObject({ state: 'SUCCEEDED', attempts: 2 });
    expect(job.result?.outputs[0]?.data).toEqual([1, 2, 3, 4]);
    const ends = async () =>
      (await logLines(slow.outputs.WorkerLogGroup ?? '')).filter(
        ({ event, job }) => event === 'job_ended' && job === id,
      );
    await expect.poll(ends).toHaveLength(1);
  },
);

describe('[3.6] poison', () => {
  let poisoned: JobService;
  beforeAll(() => {
    poisoned = service('AsyncPoison', 'poison');
  });

  test('poison input is tried exactly three times and ends in the DLQ, its neighbours complete', async () => {
    await poisoned.work(false);
    const indices = [0, 1, 2, 99, 4, 5, 6, 7, 8, 9];
    const jobs = await Promise.all(indices.map((index) => poisoned.accepted(poison(index))));
    await poisoned.work(true);
    const ended = await Promise.all(jobs.map(({ id }) => poisoned.ended(id)));
    for (const [i, index] of indices.entries()) {
      if (index === 99) {
        expect(ended[i]).toMatchObject({ state: 'FAILED', attempts: 3, error: { code: 'ATTEMPTS_EXHAUSTED' } });
      } else {
        expect(ended[i]).toMatchObject({ state: 'SUCCEEDED', attempts: 1 });
        expect(ended[i]?.result?.outputs[0]?.data).toEqual([index * 100 + 10]);
      }
    }
    expect(await poisoned.deadLetters()).toEqual([jobs[3]?.id]);
    const lines = await logLines(poisoned.outputs.WorkerLogGroup ?? '');
    const end = lines.find(({ event, job }) => event === 'job_ended' && job === jobs[3]?.id);
    expect(end).toMatchObject({ model: 'poison', state: 'FAILED', JobsFailed: 1, JobAttempts: 3 });
    await poisoned.purge('DeadLetterQueue');
  });

  test('a record that kills its worker takes no neighbour along', async () => {
    await poisoned.work(false);
    const killer = await poisoned.accepted(poison(0, 1e9));
    const neighbours = await Promise.all([1, 2, 3].map((index) => poisoned.accepted(poison(index))));
    await poisoned.work(true);
    for (const { id } of neighbours) expect(await poisoned.ended(id, 100)).toMatchObject({ state: 'SUCCEEDED' });
    const ended = await poisoned.ended(killer.id, 150);
    expect(ended).toMatchObject({ state: 'FAILED', attempts: 3, error: { code: 'ATTEMPTS_EXHAUSTED' } });
    expect(await poisoned.deadLetters()).toEqual([killer.id]);
    await poisoned.purge('DeadLetterQueue');
  }, 300_000);
});

describe('[3.11] large inputs', () => {
  /** About 3 MB of JSON: digits with many decimals. */
  const large = () => {
    const rows = 190;
    const data = Array.from({ length: rows * 784 }, (_, i) => ((i * 7919) % 1000003) / 1000003);
    return { inputs: [{ name: question.inputs[0]?.name, datatype: 'FP32', shape: [rows, 1, 28, 28], data }] };
  };

  test('go by reference without the client knowing, and so does a large result', async () => {
    const body = JSON.stringify(large());
    expect(body.length).toBeGreaterThan(2.5e6);
    const { id } = await digits.accepted(body);
    const job = await digits.ended(id);
    expect(job.state).toBe('SUCCEEDED');
    expect(job.result?.outputs[0]?.shape[0]).toBe(190);
    expect((await digits.row(id))?.input).toMatchObject({ ref: { bytes: body.length } });
    expect((await digits.row(id))?.output?.ref?.key).toBe(`jobs/${id}/1/output`);
  });

  const uploadOf = (bytes: number) =>
    post<{ url: string; submit_headers: Record<string, string> }>(`${digits.url}/v2/uploads`, { bytes });

  test('can be uploaded by a link', async () => {
    const body = JSON.stringify(question);
    const created = await uploadOf(body.length);
    expect(created.status).toBe(201);
    const early = await digits.submit('', created.body.submit_headers);
    expect([early.status, early.body.field]).toEqual([404, 'x-upload-id']);
    expect((await fetch(created.body.url, { method: 'PUT', body })).status).toBe(200);
    const job = await digits.ended((await digits.accepted('', created.body.submit_headers)).id);
    expectOutputs(job.result?.outputs ?? [], good, tolerance);
  });

  needing('iam').test('the link is for exactly so many bytes', async () => {
    const { url } = (await uploadOf(10)).body;
    expect((await fetch(url, { method: 'PUT', body: '12345678901' })).status).toBe(403);
    expect((await fetch(url, { method: 'PUT', body: '1234567890' })).status).toBe(200);
  });

  test('an upload that is none, or larger than allowed, is refused', async () => {
    for (const id of ['0'.repeat(32), '../../jobs', 'x']) {
      expect((await digits.submit('', { 'x-upload-id': id })).status).toBe(404);
    }
    const huge = await post<{ code: string }>(`${digits.url}/v2/uploads`, { bytes: 1e12 });
    expect([huge.status, huge.body.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });
});
