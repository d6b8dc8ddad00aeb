import { setTimeout as sleep } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { redrive } from '../../bin/jobs/redrive';
import { clientConfig } from '../../bin/local/target';
import type { InferResponse, StageSummary } from '../../lambdas/shared/contract';
import { golden } from './client';
import { deployApp, type Outputs } from './emulator';
import { FanOutService } from './fan-out/fan-out-service';
import { direct } from './graphs/direct';
import { needing } from './needing';

const target = inject('target');
const sqs = new SQSClient(clientConfig(target));
const image = golden('models/digits').cases[0]?.inputs[0] ?? { name: 'image', datatype: 'FP32', shape: [], data: [] };
const question = { inputs: [image] };

/** An index above 9 fails a model, many iterations make it slow. */
const poison = (indices: Partial<Record<'one' | 'two' | 'three', number>> = {}, iterations: typeof indices = {}) => ({
  inputs: [
    { name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] },
    ...(['one', 'two', 'three'] as const).flatMap((name) => [
      { name, datatype: 'INT64', shape: [1], data: [indices[name] ?? 0] },
      { name: `${name}-iterations`, datatype: 'INT64', shape: [1], data: [iterations[name] ?? 0] },
    ]),
  ],
});

const values = (answer: InferResponse | undefined, name: string) =>
  answer?.outputs.find((output) => output.name === name)?.data;

let outputs: Outputs = {};
let digits: FanOutService;
let poisoned: FanOutService;
beforeAll(async () => {
  outputs = await deployApp({ target, folder: inject('folder') }, 'fan-out');
  digits = new FanOutService(target, outputs.FanDigits ?? {}, 'digits-jury');
  poisoned = new FanOutService(target, outputs.FanPoison ?? {}, 'poison-jury');
});

/** Lanes of `poisoned` that are not handed messages while `act` runs. */
async function without<Value>(name: string, act: () => Promise<Value>): Promise<Value> {
  const lane = poisoned.lane(name);
  await lane.work(false);
  try {
    return await act();
  } finally {
    await lane.work(true);
  }
}

/** The job once all models but these have settled. */
async function settledBut(service: FanOutService, id: string, ...open: readonly string[]) {
  const others = async () =>
    Object.entries((await service.row(id))?.members ?? {})
      .filter(([, { state }]) => !['SUCCEEDED', 'FAILED'].includes(state))
      .map(([name]) => name);
  await expect.poll(others, { timeout: 60_000 }).toEqual(open);
  return service.poll(id);
}

describe('three models of one digit', () => {
  test('[7.5] one submission: every model answers once, and the job has their average and what each one said', async () => {
    const { id } = await digits.accepted({ id: 'mine', ...question });
    const job = await digits.ended(id);
    expect(job).toMatchObject({ state: 'SUCCEEDED', model_name: 'digits-jury', result: { id: 'mine' } });
    const asked = { image: { shape: image.shape, data: image.data ?? [] } };
    const names = { fast: 'digits-fast', linear: 'digits-linear', better: 'digits' };
    const alone = await Promise.all(Object.values(names).map((name) => direct(name, asked)));
    Object.entries(names).forEach(([name, model], at) => {
      const own = job.models?.[name];
      expect(own).toMatchObject({ state: 'SUCCEEDED', attempts: 1, response: { model_name: model } });
      expect(values(own?.response, 'label')).toEqual(alone[at]?.label);
    });
    const mean = Array.from({ length: 10 }, (_, digit) =>
      alone.reduce((sum, { probabilities = [] }) => sum + (probabilities[digit] ?? 0) / 3, 0),
    );
    const got = values(job.result, 'probabilities') as number[];
    for (const [digit, value] of mean.entries()) expect(got[digit]).toBeCloseTo(value, 4);
    expect(values(job.result, 'label')).toEqual([mean.indexOf(Math.max(...mean))]);
    for (const name of Object.keys(names)) {
      const stages = (job.result?.parameters?.stages ?? []) as StageSummary[];
      expect(stages.find((each) => each.name === name)).toMatchObject({ status: 200 });
      expect(await digits.linesOf(id, 'model_settled', name)).toHaveLength(1);
    }
  });

  test('[7.5] the result of a fast model is there to read while another one has not begun', async () => {
    await digits.lane('better').work(false);
    const { id } = await digits.accepted(question);
    const { body, status } = await settledBut(digits, id, 'better');
    expect(status).toBe(202);
    expect(body).toMatchObject({
      state: 'RUNNING',
      models: {
        fast: { state: 'SUCCEEDED' },
        linear: { state: 'SUCCEEDED' },
        better: { state: 'PENDING', attempts: 0 },
      },
    });
    expect(values(body.models?.fast?.response, 'label')).toEqual([expect.any(Number)]);
    expect(body.result).toBeUndefined();
    await digits.lane('better').work(true);
    const job = await digits.ended(id);
    expect(job.models?.fast?.response).toEqual(body.models?.fast?.response);
    expect(job).toMatchObject({ state: 'SUCCEEDED', models: { better: { state: 'SUCCEEDED' } } });
  });

  test('[7.5] a message that is delivered again, of a job or of who gathers, changes nothing', async () => {
    await digits.lane('better').work(false);
    const { id } = await digits.accepted(question);
    await digits.publishAgain(id);
    await digits.publishAgain(id);
    await digits.gatherAgain(id);
    await settledBut(digits, id, 'better');
    await digits.lane('better').work(true);
    const job = await digits.ended(id);
    for (let again = 0; again < 3; again++) {
      await digits.publishAgain(id);
      await digits.gatherAgain(id);
    }
    for (const name of ['fast', 'linear', 'better']) {
      await expect.poll(() => digits.lane(name).count('Queue')).toBe(0);
      expect(job.models?.[name]).toMatchObject({ state: 'SUCCEEDED', attempts: 1 });
      expect(await digits.linesOf(id, 'model_settled', name)).toHaveLength(1);
    }
    await expect.poll(() => digits.count('Queue')).toBe(0);
    expect((await digits.poll(id)).body).toEqual(job);
    expect(await digits.linesOf(id, 'job_ended')).toHaveLength(1);
  });

  test('[7.5] the same key and body are one job, however often and at once they are sent; another body is refused', async () => {
    const headers = { 'idempotency-key': `jury-${Date.now()}` };
    const answers = await Promise.all(Array.from({ length: 8 }, () => digits.submit(question, headers)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(202));
    const ids = new Set(answers.map(({ body }) => body.id));
    expect(ids.size).toBe(1);
    const [id = ''] = ids;
    const job = await digits.ended(id);
    expect(Object.values(job.models ?? {}).map(({ attempts }) => attempts)).toEqual([1, 1, 1]);
    const other = await digits.submit({ id: 'another', ...question }, headers);
    expect(other.status).toBe(422);
  });

  const many = process.env.SOAK ? 200 : 12;

  test(`[7.5] ${many} jobs end once each: the sink hears of each once, with its result and how each model ended`, async () => {
    // Those of the tests before.
    await digits.heard(Number.POSITIVE_INFINITY, 5);
    const ids: string[] = [];
    while (ids.length < many) {
      const jobs = await Promise.all(Array.from({ length: 4 }, () => digits.accepted(question)));
      ids.push(...jobs.map(({ id }) => id));
    }
    ids.sort();
    const events = await digits.heard(many, 120);
    expect(events.map(({ job }) => job).sort()).toEqual(ids);
    for (const { models, result, state } of events) {
      expect(state).toBe('SUCCEEDED');
      expect(models).toEqual({
        fast: { state: 'SUCCEEDED' },
        linear: { state: 'SUCCEEDED' },
        better: { state: 'SUCCEEDED' },
      });
      expect(values(result as InferResponse, 'label')).toEqual([expect.any(Number)]);
    }
    expect(await digits.heard(1, 5)).toEqual([]);
  });

  test('[7.5] inputs and results that are large go by reference, without the client knowing', async () => {
    const rows = 50;
    const large = { ...image, shape: [rows, 1, 28, 28], data: Array(rows).fill(image.data).flat() };
    const { id } = await digits.accepted({ inputs: [large] });
    const job = await digits.ended(id);
    expect(values(job.result, 'label')).toHaveLength(rows);
    const row = await digits.row(id);
    expect(row?.input.ref?.bytes).toBeGreaterThan(50_000);
    expect(row?.members?.fast?.output?.ref?.bytes).toBeGreaterThan(8192);
    const said = (await fetch(job.models?.fast?.response_ref?.url ?? '').then((answer) =>
      answer.json(),
    )) as InferResponse;
    expect(values(said, 'label')).toEqual(Array(rows).fill((values(said, 'label') ?? [])[0]));
  });

  test('[7.5] rows and images are read as the models of one input read them', async () => {
    const submitted = await fetch(`${digits.url}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ instances: [Array.from({ length: 1 }, () => square(image.data ?? []))] }),
    });
    const { id } = (await submitted.json()) as { id: string };
    expect(submitted.status).toBe(202);
    const job = await digits.ended(id);
    expect(job).toMatchObject({ state: 'SUCCEEDED', result: { predictions: [{ label: expect.any(Number) }] } });
  });

  test('[7.5] what no model could take is refused before there is a job', async () => {
    const answer = await digits.submit({ inputs: [{ ...image, shape: [1, 784] }] });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 'INVALID_SHAPE', field: 'inputs[0].shape' });
  });

  needing('iam').test('[7.5] a topic that does not take the message is a 503 and no job', async () => {
    const answer = await digits.without('Submit', 'sns:Publish', () => digits.submit(question));
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await digits.row(answer.body.id ?? 'none')).toBeUndefined();
  });

  test('[7.5] all have settled and the message to who gathers is lost: the sweeper sends another one', async () => {
    await digits.work(false);
    const { id } = await digits.accepted(question);
    await settledBut(digits, id);
    await digits.purge('Queue');
    await digits.work(true);
    expect((await digits.poll(id)).body.state).toBe('RUNNING');
    await digits.setRow(id, 'dueAt', Date.now() - 1000);
    await digits.sweep();
    expect(await digits.ended(id)).toMatchObject({ state: 'SUCCEEDED' });
  });
});

describe('models that fail', () => {
  const stage = (name: string) => poisoned.lane(name);

  test('[7.5] one that fails rests in its own dead-letter queue, and the others are the answer', async () => {
    const { id } = await poisoned.accepted(poison({ two: 99 }));
    const job = await poisoned.ended(id);
    expect(job).toMatchObject({
      state: 'SUCCEEDED',
      models: {
        one: { state: 'SUCCEEDED' },
        two: { state: 'FAILED', attempts: 2, error: { code: 'ATTEMPTS_EXHAUSTED' } },
        three: { state: 'SUCCEEDED' },
      },
      result: { parameters: { partial: true } },
    });
    expect(job.result?.outputs.map(({ name }) => name)).toEqual(['one.y', 'three.y']);
    expect(await stage('two').deadLetters()).toEqual([id]);
    expect([await stage('one').count('DeadLetterQueue'), await stage('three').count('DeadLetterQueue')]).toEqual([
      0, 0,
    ]);
    expect(await poisoned.linesOf(id, 'partial_answer')).toMatchObject([{ steps: ['two'], PartialAnswers: 1 }]);

    // Its message comes back after all: too late, and it is gone.
    await redrive(sqs, stage('two').queues, { limit: 10, dryRun: false });
    await expect.poll(() => stage('two').count('Queue')).toBe(0);
    expect(await poisoned.linesOf(id, 'redriven_too_late', 'two')).toMatchObject([
      { stage: 'two', state: 'SUCCEEDED' },
    ]);
    expect((await poisoned.poll(id)).body).toEqual(job);
    expect(await stage('two').count('DeadLetterQueue')).toBe(0);
  });

  test('[7.5] fewer than the quorum: the job is FAILED and says so, and what was answered stays', async () => {
    const { id } = await poisoned.accepted(poison({ two: 99, three: 99 }));
    const job = await poisoned.ended(id);
    expect(job).toMatchObject({
      state: 'FAILED',
      error: { code: 'UNAVAILABLE', message: 'Of 3 models 2 must answer, and 1 did.' },
      models: { one: { state: 'SUCCEEDED', response: { outputs: [{ name: 'y', data: [10] }] } } },
    });
    expect(job.result).toBeUndefined();
    await stage('two').purge('DeadLetterQueue');
    await stage('three').purge('DeadLetterQueue');
  });

  test('[7.5] what was asked for is of a model that failed: the job has failed too, with its reason', async () => {
    const { id } = await poisoned.accepted({ ...poison({ two: 99 }), outputs: [{ name: 'two.y' }] });
    expect(await poisoned.ended(id)).toMatchObject({
      state: 'FAILED',
      error: { code: 'ATTEMPTS_EXHAUSTED', stage: 'two' },
      models: { one: { state: 'SUCCEEDED' }, three: { state: 'SUCCEEDED' } },
    });
    await stage('two').purge('DeadLetterQueue');
  });

  test('[7.5] a redrive while others are at work gives the model another chance', async () => {
    const job = await without('three', async () => {
      const { id } = await poisoned.accepted(poison({ two: 99 }));
      await settledBut(poisoned, id, 'three');
      expect(await stage('two').deadLetters()).toEqual([id]);
      await stage('two').work(false);
      await redrive(sqs, stage('two').queues, { limit: 10, dryRun: false });
      await stage('two').work(true);
      // It fails again, as often as it may.
      const tries = async () => (await poisoned.row(id))?.members?.two?.attempts;
      await expect.poll(() => poisoned.linesOf(id, 'model_settled', 'two'), { timeout: 60_000 }).toHaveLength(2);
      expect(await tries()).toBe(2);
      expect((await poisoned.poll(id)).body.state).toBe('RUNNING');
      return id;
    });
    expect(await poisoned.ended(job)).toMatchObject({ state: 'SUCCEEDED', models: { two: { state: 'FAILED' } } });
    expect(await poisoned.linesOf(job, 'job_ended')).toHaveLength(1);
    await stage('two').purge('DeadLetterQueue');
  });

  test('[7.5] without a hard one there is nothing: the job fails at once, and a later result changes nothing', async () => {
    const failed = await without('three', async () => {
      const { id } = await poisoned.accepted(poison({ one: 99 }));
      const job = await poisoned.ended(id);
      expect(job).toMatchObject({
        state: 'FAILED',
        error: { code: 'ATTEMPTS_EXHAUSTED', stage: 'one' },
        models: { one: { state: 'FAILED' }, two: { state: 'SUCCEEDED' }, three: { state: 'CANCELLED', attempts: 0 } },
      });
      return job;
    });
    await expect.poll(() => stage('three').count('Queue')).toBe(0);
    expect((await poisoned.poll(failed.id)).body).toEqual(failed);
    expect(await poisoned.linesOf(failed.id, 'job_ended')).toHaveLength(1);
    await stage('one').purge('DeadLetterQueue');
  });

  test('[7.5] a model that no worker ever began with fails, and blocks nobody', async () => {
    const { id } = await without('two', async () => {
      const accepted = await poisoned.accepted(poison());
      const row = await poisoned.row(accepted.id);
      await stage('two').purge('Queue');
      await stage('two').exhaust(accepted.id, row?.owner);
      return poisoned.ended(accepted.id);
    });
    expect((await poisoned.poll(id)).body).toMatchObject({
      state: 'SUCCEEDED',
      models: { two: { state: 'FAILED', attempts: 0, error: { code: 'ATTEMPTS_EXHAUSTED' } } },
    });
    await stage('two').purge('DeadLetterQueue');
  });

  test('[7.5] a client retries the whole: every model once more, in a new life', async () => {
    const { id } = await poisoned.accepted(poison({ two: 99, three: 99 }));
    await poisoned.ended(id);
    const again = await fetch(`${poisoned.url}/v2/jobs/${id}/retry`, { method: 'POST' });
    expect(again.status).toBe(202);
    await expect.poll(async () => (await poisoned.row(id))?.generation).toBe(2);
    expect(await poisoned.ended(id)).toMatchObject({ state: 'FAILED', models: { two: { attempts: 2 } } });
    expect(await poisoned.linesOf(id, 'job_ended')).toHaveLength(2);
    await stage('two').purge('DeadLetterQueue');
    await stage('three').purge('DeadLetterQueue');
  });
});

describe('expiry', () => {
  test('[7.5] a job whose models have not all settled is TIMED_OUT; what was answered stays, what comes late does not count', async () => {
    await poisoned.heard(Number.POSITIVE_INFINITY, 5);
    const expired = await without('three', async () => {
      const { id } = await poisoned.accepted(poison());
      await settledBut(poisoned, id, 'three');
      const past = Date.now() - 1000;
      await poisoned.setRow(id, 'expiresAt', past);
      await poisoned.setRow(id, 'dueAt', past);
      // A reader sees it before the sweeper was there.
      const seen = await poisoned.poll(id);
      expect(seen).toMatchObject({
        status: 200,
        body: { state: 'TIMED_OUT', models: { three: { state: 'TIMED_OUT' } } },
      });
      return id;
    });
    // The late worker finds that its answer would not count.
    await sleep(2000);
    expect((await poisoned.row(expired))?.members?.three).toMatchObject({ state: 'PENDING', attempts: 0 });
    await poisoned.sweep();
    const job = await poisoned.ended(expired);
    expect(job).toMatchObject({
      state: 'TIMED_OUT',
      error: { code: 'DEADLINE_EXCEEDED' },
      models: {
        one: { state: 'SUCCEEDED', response: { outputs: [{ name: 'y', data: [10] }] } },
        two: { state: 'SUCCEEDED' },
        three: { state: 'TIMED_OUT' },
      },
    });
    expect(job.result).toBeUndefined();
    const told = await poisoned.heard(1);
    expect(told).toMatchObject([{ job: expired, state: 'TIMED_OUT', models: { one: { state: 'SUCCEEDED' } } }]);
    await poisoned.publishAgain(expired);
    await poisoned.gatherAgain(expired);
    await expect.poll(() => poisoned.count('Queue')).toBe(0);
    await expect.poll(() => poisoned.lane('three').count('Queue'), { timeout: 60_000 }).toBe(0);
    expect((await poisoned.poll(expired)).body).toEqual(job);
    expect(await poisoned.heard(1, 3)).toEqual([]);
  });

  test('[7.5] a result of a model that runs when the job expires changes nothing', async () => {
    const perSecond = await iterationsPerSecond();
    const { id } = await poisoned.accepted(poison({}, { three: 3 * perSecond }));
    const state = async () => (await poisoned.row(id))?.members?.three?.state;
    await expect.poll(state, { interval: 50 }).toBe('RUNNING');
    await settledBut(poisoned, id, 'three');
    await poisoned.setRow(id, 'expiresAt', Date.now() - 1000);
    await poisoned.setRow(id, 'dueAt', Date.now() - 1000);
    const { body } = await poisoned.poll(id);
    expect(body).toMatchObject({ state: 'TIMED_OUT', models: { three: { state: 'TIMED_OUT', attempts: 1 } } });
    await sleep(6000);
    expect((await poisoned.row(id))?.members?.three?.output).toBeUndefined();
    expect(await poisoned.linesOf(id, 'model_settled', 'three')).toEqual([]);
    const later = (await poisoned.poll(id)).body;
    expect(later).toMatchObject({ state: 'TIMED_OUT', models: body.models });
    expect(later.result).toBeUndefined();
    await poisoned.sweep();
    expect(await poisoned.ended(id)).toMatchObject({ state: 'TIMED_OUT', models: { one: { state: 'SUCCEEDED' } } });
  });
});

/** How many iterations take a model a second here. */
async function iterationsPerSecond(): Promise<number> {
  for (let probe = 1000; ; probe *= 2) {
    const { id } = await poisoned.accepted(poison({}, { three: probe }));
    const { started_at, ended_at } = (await poisoned.ended(id)).models?.three ?? {};
    const ms = Date.parse(ended_at ?? '') - Date.parse(started_at ?? '');
    // Long enough that the way to the table and back does not count.
    if (ms > 600) return Math.round((probe * 1000) / ms);
  }
}

/** Pixels in rows of 28. */
function square(pixels: readonly unknown[]): unknown[][] {
  return Array.from({ length: 28 }, (_, row) => pixels.slice(28 * row, 28 * (row + 1)));
}
