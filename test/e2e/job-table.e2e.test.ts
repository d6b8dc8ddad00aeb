import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { clientConfig } from '../../bin/local/target';
import { type Job, stateAt } from '../../lambdas/shared/jobs/job';
import { isRefused, JobTable } from '../../lambdas/shared/jobs/job-table';
import { Rows } from '../../lambdas/shared/jobs/rows';
import { createJobTable } from './jobs/create-table';
import { JOB_TIMEOUT_MS, LEASE_MS, MAX_ATTEMPTS, type Model, STEPS } from './jobs/job-model';
import { newJob } from './jobs/new-job';

const target = inject('target');
const name = `jobs-${randomUUID()}`;
const runs = process.env.SOAK ? 1000 : 60;
let drop = async () => {};

beforeAll(async () => {
  drop = await createJobTable(target, name);
});
afterAll(() => drop());

function tableAt(clock: { now: number }, hasSinks = false): JobTable {
  const { credentials, endpoint, region } = clientConfig(target);
  const rows = new Rows(name, { credentials, endpoint, region });
  return new JobTable(rows, { retentionMs: 10_000, hasSinks }, () => clock.now);
}

describe('the states of a job', () => {
  test('[3.1][3.5] whoever does what in any order, with views that are out of date: only the written changes happen', async () => {
    const commands = fc.commands(STEPS, { maxCommands: 30 });
    await fc.assert(
      fc.asyncProperty(commands, async (steps) => {
        const clock = { now: 1_800_000_000_000 };
        const table = tableAt(clock);
        const job = newJob(clock.now, JOB_TIMEOUT_MS);
        expect(isRefused(await table.accept(job))).toBe(false);
        const model: Model = {
          now: clock.now,
          state: 'ACCEPTING',
          generation: 1,
          attempts: 0,
          expiresAt: job.expiresAt,
          leaseUntil: 0,
          exhausted: false,
          dueAt: job.dueAt,
          results: 0,
        };
        await fc.asyncModelRun(() => ({ model, real: { table, clock, id: job.id, views: [job] } }), steps);
        expect(model.results).toBeLessThanOrEqual(1);
      }),
      { numRuns: runs, endOnFailure: true },
    );
  });

  test('[3.3] of fifty that accept the same job at once one does, and all see the same one', async () => {
    const clock = { now: Date.now() };
    const table = tableAt(clock);
    const job = newJob(clock.now, JOB_TIMEOUT_MS);
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, i) => table.accept({ ...job, requestId: `${i}` })),
    );
    const winners = results.filter((result) => !isRefused(result)) as Job[];
    expect(winners).toHaveLength(1);
    const seen = results.map((result) => (isRefused(result) ? result.row?.requestId : result.requestId));
    expect(new Set(seen)).toEqual(new Set([winners[0]?.requestId]));
  });

  test('[3.5] of fifty workers that claim a job at once one has it', async () => {
    const clock = { now: Date.now() };
    const table = tableAt(clock);
    const job = newJob(clock.now, JOB_TIMEOUT_MS);
    await table.accept(job);
    const claims = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        table.claim(job, {
          claim: `${i}`,
          worker: `${i}`,
          leaseUntil: clock.now + LEASE_MS,
          maxAttempts: MAX_ATTEMPTS,
          visibilityMs: 1,
        }),
      ),
    );
    expect(claims.filter((claim) => !isRefused(claim))).toHaveLength(1);
    expect((await table.get(job.id))?.attempts).toBe(1);
  });

  test('[3.8] with sinks an end is due until somebody told them, and then no more', async () => {
    const clock = { now: Date.now() };
    const table = tableAt(clock, true);
    const job = newJob(clock.now, JOB_TIMEOUT_MS);
    await table.accept(job);
    const claim = { claim: 'c', worker: 'w', leaseUntil: clock.now + LEASE_MS, maxAttempts: 1, visibilityMs: 1 };
    const running = (await table.claim(job, claim)) as Job;
    const ended = (await table.succeed(running, {})) as Job;
    expect(ended).toMatchObject({ state: 'SUCCEEDED', sinkPending: true });
    clock.now += 61_000;
    expect(await table.due(50)).toContain(job.id);
    await table.told(ended);
    expect(await table.due(50)).not.toContain(job.id);
    expect(isRefused(await table.tellLater(ended))).toBe(true);
  });

  test('[3.2] a job that nobody can end any more has timed out for its reader, before the sweeper was there', async () => {
    const clock = { now: Date.now() };
    const table = tableAt(clock);
    const job = newJob(clock.now, JOB_TIMEOUT_MS);
    await table.accept(job);
    clock.now += JOB_TIMEOUT_MS + 1;
    const row = (await table.get(job.id)) as Job;
    expect([row.state, stateAt(row, clock.now)]).toEqual(['ACCEPTING', 'TIMED_OUT']);
    const running = { ...row, state: 'RUNNING' as const, leaseUntil: clock.now + 1 };
    expect(stateAt(running, clock.now)).toBe('RUNNING');
  });
});
