import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, inject } from 'vitest';
import { deployApp } from './emulator';
import { JobService } from './jobs/job-service';
import { poison } from './jobs/poison';
import { needing } from './needing';
import { killEnvironments } from './processes';

const target = inject('target');
const { test } = needing('killEnvironments');
/** The full count belongs to `npm run test:soak`. */
const COUNT = process.env.SOAK ? 1000 : 60;
const KILL_EVERY_MS = process.env.SOAK ? 4000 : 1500;
const KILLS = process.env.SOAK ? 25 : 3;

let jobs: JobService;
beforeAll(async () => {
  const outputs = await deployApp({ target, folder: inject('folder') }, 'jobs');
  jobs = new JobService(target, outputs.AsyncPoison ?? {}, 'poison');
});

/** Every tenth one fails whoever runs it; the others say which one they are. */
const isPoison = (i: number) => i % 10 === 9;
const request = (i: number) => poison(isPoison(i) ? 99 : i % 9, 1000, [i, 0, 0, 0]);

test('[3.5][3.6] fronts and workers are killed at random: every accepted job has one end, and it is the right one', async () => {
  let killing = true;
  const killer = (async () => {
    for (let kill = 0; killing && kill < KILLS; kill++) {
      await sleep(KILL_EVERY_MS * (0.5 + Math.random()));
      const victim = kill % 3 === 2 ? jobs.outputs.SubmitFunction : jobs.outputs.WorkerFunction;
      killEnvironments(inject('endpoint'), victim ?? '');
    }
  })();
  const ids = new Map<number, string>();
  const submitAll = async (worker: number, workers: number) => {
    for (let i = worker; i < COUNT; i += workers) {
      // A front that is killed answers 5xx; with its key the next try finds the same job, or makes it.
      for (let attempt = 0; attempt < 20 && !ids.has(i); attempt++) {
        const answer = await jobs.submit(request(i), { 'idempotency-key': `soak-${i}` }).catch(() => undefined);
        if (answer?.status === 202) ids.set(i, answer.body.id);
        else await sleep(300);
      }
    }
  };
  await Promise.all([0, 1, 2, 3].map((worker) => submitAll(worker, 4)));
  expect(ids.size).toBe(COUNT);
  const sweeping = (async () => {
    // The rule fires each minute; here it does more often.
    while (killing) {
      await sleep(5000);
      await jobs.sweep().catch(() => undefined);
    }
  })();
  const ends = new Map<string, number>();
  for (const [i, id] of ids) {
    const job = await jobs.ended(id, process.env.SOAK ? 1500 : 240);
    ends.set(job.state, (ends.get(job.state) ?? 0) + 1);
    const attempts = `job ${i} after ${job.attempts} attempts`;
    if (isPoison(i)) {
      expect(job, attempts).toMatchObject({ state: 'FAILED', attempts: 3, error: { code: 'ATTEMPTS_EXHAUSTED' } });
    } else if (job.state === 'SUCCEEDED') {
      expect(job.result?.outputs[0]?.data, attempts).toEqual([100 * (i % 9) + i]);
    } else {
      // Killed three times in the middle of its run.
      expect(job, attempts).toMatchObject({ state: 'FAILED', attempts: 3, error: { code: 'ATTEMPTS_EXHAUSTED' } });
    }
  }
  killing = false;
  await Promise.all([killer, sweeping]);
  expect(ends.get('FAILED') ?? 0).toBeGreaterThanOrEqual(Math.floor(COUNT / 10));
  expect((ends.get('SUCCEEDED') ?? 0) + (ends.get('FAILED') ?? 0)).toBe(COUNT);
  expect(new Set(ids.values()).size).toBe(COUNT);
  const failed = new Set([...ids].filter(([i]) => isPoison(i)).map(([, id]) => id));
  const dead = await jobs.deadLetters();
  for (const id of failed) expect(dead).toContain(id);
  await jobs.purge('DeadLetterQueue');
}, 3_000_000);
