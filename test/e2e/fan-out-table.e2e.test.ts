import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { clientConfig } from '../../bin/local/target';
import type { Job } from '../../lambdas/shared/jobs/job';
import { isRefused, JobTable } from '../../lambdas/shared/jobs/job-table';
import { MemberTable } from '../../lambdas/shared/jobs/member-table';
import { allSettled, newMembers } from '../../lambdas/shared/jobs/members';
import { Rows } from '../../lambdas/shared/jobs/rows';
import { createJobTable } from './jobs/create-table';
import { newJob } from './jobs/new-job';

const target = inject('target');
const name = `fan-out-${randomUUID()}`;
const NAMES = ['fast', 'my-linear', 'better'] as const;
const runs = process.env.SOAK ? 500 : 40;
let drop = async () => {};

beforeAll(async () => {
  drop = await createJobTable(target, name);
});
afterAll(() => drop());

function tablesAt(clock: { now: number }) {
  const { credentials, endpoint, region } = clientConfig(target);
  const rows = new Rows(name, { credentials, endpoint, region });
  const whole = new JobTable(rows, { retentionMs: 10_000, hasSinks: false }, () => clock.now);
  const member = (each: string) =>
    new MemberTable(rows, { name: each, model: each, endsAll: false, all: NAMES, inputs: {} }, () => clock.now);
  return { whole, members: Object.fromEntries(NAMES.map((each) => [each, member(each)])) };
}

const newFanOut = (now: number): Job => ({ ...newJob(now, 1000), ...newMembers(NAMES) });

const claimOf = (now: number, claim: string) => ({
  claim,
  worker: 'w',
  leaseUntil: now + 100,
  maxAttempts: 3,
  visibilityMs: 1,
});
const exhausted = { code: 'ATTEMPTS_EXHAUSTED', message: 'tried 3 times' } as const;
const output = { inline: new Uint8Array([1]) };

describe('[7.5] one row for several models', () => {
  test('of fifty that gather a job whose models have settled one ends it', async () => {
    const clock = { now: Date.now() };
    const { members, whole } = tablesAt(clock);
    const job = newFanOut(clock.now);
    await whole.accept(job);
    for (const each of NAMES) {
      const held = (await members[each]?.claim(job, claimOf(clock.now, each))) as Job;
      expect(isRefused(await members[each]?.succeed(held, { output }))).toBe(false);
    }
    const settled = (await whole.get(job.id)) as Job;
    expect(settled).toMatchObject({ state: 'RUNNING', settlements: 3 });
    const ends = await Promise.all(Array.from({ length: 50 }, () => whole.complete(settled, 'SUCCEEDED', { output })));
    expect(ends.filter((end) => !isRefused(end))).toHaveLength(1);
  });

  test('models that settle at the same time all count', async () => {
    const clock = { now: Date.now() };
    const { members, whole } = tablesAt(clock);
    const jobs = Array.from({ length: 10 }, () => newFanOut(clock.now));
    await Promise.all(
      jobs.map(async (job) => {
        await whole.accept(job);
        const settled = await Promise.all(
          NAMES.map(async (each) => {
            const held = (await members[each]?.claim(job, claimOf(clock.now, each))) as Job;
            return (await members[each]?.succeed(held, { output })) as Job;
          }),
        );
        // Somebody sees that it was the last one; who does is told to tell.
        expect(settled.filter(({ sinkPending }) => sinkPending).length).toBeGreaterThanOrEqual(1);
        expect(await whole.get(job.id)).toMatchObject({ settlements: 3 });
      }),
    );
  });

  test('a model that gets another chance keeps who gathers from ending the job with what it was before', async () => {
    const clock = { now: Date.now() };
    const { members, whole } = tablesAt(clock);
    const job = newFanOut(clock.now);
    await whole.accept(job);
    for (const each of NAMES) await members[each]?.exhaust(job, exhausted);
    const settled = (await whole.get(job.id)) as Job;
    expect(allSettled(settled, NAMES)).toBe(true);
    const revived = await members.fast?.revive(job);
    expect(revived).toMatchObject({ state: 'PENDING', attempts: 0 });
    expect(isRefused(await whole.complete(settled, 'FAILED', { error: exhausted }))).toBe(true);
  });

  test('a model whose worker was lost waits for the next one; what another worker holds stays its own', async () => {
    const clock = { now: Date.now() };
    const { members, whole } = tablesAt(clock);
    const job = newFanOut(clock.now);
    await whole.accept(job);
    const lost = (await members.fast?.claim(job, claimOf(clock.now, 'c'))) as Job;
    const seen = (await whole.get(job.id)) as Job;
    expect(isRefused(await whole.releaseMember(seen, 'fast'))).toBe(true);
    clock.now += 200;
    expect(await whole.releaseMember(seen, 'fast')).toMatchObject({
      members: { fast: { state: 'PENDING', attempts: 1 } },
    });
    expect(isRefused(await members.fast?.succeed(lost, { output }))).toBe(true);
    const next = (await members.fast?.claim(job, claimOf(clock.now, 'd'))) as Job;
    clock.now += 200;
    expect(isRefused(await whole.releaseMember(seen, 'fast'))).toBe(true);
    expect(await members.fast?.succeed(next, { output })).toMatchObject({ state: 'SUCCEEDED', attempts: 2 });
  });

  test('who gathers was sent no message: the row is due, and what the client asked for is in it', async () => {
    const clock = { now: Date.now() };
    const { members, whole } = tablesAt(clock);
    const job = newFanOut(clock.now);
    await whole.accept(job);
    const held = (await members.fast?.claim(job, claimOf(clock.now, 'c'))) as Job;
    const asked = { outputs: ['fast.y'], rows: 1, binaryOutputs: [] };
    const settled = (await members.fast?.succeed(held, { output, asked })) as Job;
    await members.fast?.tellLater(settled);
    expect(await whole.get(job.id)).toMatchObject({ asked, dueAt: job.expiresAt });
  });

  test('whoever does what in any order: a model settles once, the whole ends once, and then nothing changes', async () => {
    const step = fc.record({
      by: fc.constantFrom(...NAMES),
      what: fc.constantFrom(
        'claim',
        'succeed',
        'fail',
        'release',
        'putBack',
        'exhaust',
        'lost',
        'gather',
        'timeOut',
        'later',
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const clock = { now: 1_800_000_000_000 };
        const { members, whole } = tablesAt(clock);
        const job = newFanOut(clock.now);
        await whole.accept(job);
        const held: Record<string, Job> = {};
        const settled: Record<string, number> = {};
        let ends = 0;
        let emitted: Job | undefined;
        for (const [at, { by, what }] of steps.entries()) {
          const table = members[by] as MemberTable;
          const mine = held[by] ?? { ...job, claim: 'none' };
          const count = (result: unknown) => {
            if (!isRefused(result)) settled[by] = (settled[by] ?? 0) + 1;
          };
          if (what === 'claim') {
            const claimed = await table.claim(job, claimOf(clock.now, `${at}`));
            if (!isRefused(claimed)) held[by] = claimed;
          } else if (what === 'succeed') count(await table.succeed(mine, { output }));
          else if (what === 'fail') count(await table.fail(mine, exhausted));
          else if (what === 'release') await table.release(mine, exhausted);
          else if (what === 'putBack') await table.putBack(mine);
          else if (what === 'exhaust') count(await table.exhaust(job, exhausted));
          else if (what === 'lost') await whole.releaseMember((await whole.get(job.id)) as Job, by);
          else if (what === 'later') clock.now += 120;
          else {
            const row = (await whole.get(job.id)) as Job;
            const end =
              what === 'timeOut'
                ? await whole.timeOut(row)
                : allSettled(row, NAMES) && (await whole.complete(row, 'SUCCEEDED', { output }));
            if (end && !isRefused(end)) {
              ends += 1;
              emitted = end;
            }
          }
        }
        expect(ends).toBeLessThanOrEqual(1);
        for (const each of NAMES) expect(settled[each] ?? 0).toBeLessThanOrEqual(1);
        const row = (await whole.get(job.id)) as Job;
        expect(row.settlements).toBe(Object.values(settled).reduce((sum, each) => sum + each, 0));
        if (emitted) expect(row).toEqual(emitted);
        for (const each of NAMES) expect(row.members?.[each]?.attempts).toBeLessThanOrEqual(3);
      }),
      { numRuns: runs },
    );
  });

  test('after its expiry nothing counts but that it has expired', async () => {
    const clock = { now: Date.now() };
    const { members, whole } = tablesAt(clock);
    const job = newFanOut(clock.now);
    await whole.accept(job);
    const held = (await members.fast?.claim(job, claimOf(clock.now, 'c'))) as Job;
    clock.now += 2000;
    expect(isRefused(await members.fast?.succeed(held, { output }))).toBe(true);
    expect(isRefused(await members.better?.claim(job, claimOf(clock.now, 'd')))).toBe(true);
    const ended = await whole.timeOut((await whole.get(job.id)) as Job);
    expect(ended).toMatchObject({ state: 'TIMED_OUT', members: { fast: { state: 'RUNNING' } } });
  });
});
