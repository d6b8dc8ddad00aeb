import { randomUUID } from 'node:crypto';
import type { AsyncCommand } from 'fast-check';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { JobState } from '../../../lambdas/shared/contract';
import type { Job } from '../../../lambdas/shared/jobs/job';
import { isRefused, type JobTable } from '../../../lambdas/shared/jobs/job-table';

export const MAX_ATTEMPTS = 3;
export const JOB_TIMEOUT_MS = 1000;
export const LEASE_MS = 100;

/** What `docs/decisions/0005-jobs.md` says of a job, without a table. */
export interface Model {
  now: number;
  state: JobState;
  generation: number;
  attempts: number;
  expiresAt: number;
  leaseUntil: number;
  claim?: string;
  /** Whether its tries were used up. */
  exhausted: boolean;
  dueAt?: number;
  results: number;
}

/** The table, and what the actors remember of the job: each of them may be out of date. */
export interface Real {
  readonly table: JobTable;
  readonly clock: { now: number };
  readonly id: string;
  /** Every view that somebody has of the job, oldest first. */
  readonly views: Job[];
}

type Step = AsyncCommand<Model, Real>;

const WAITING: readonly JobState[] = ['ACCEPTING', 'PENDING'];
const leaseEnded = (model: Model) => model.state === 'RUNNING' && model.leaseUntil < model.now;
const movable = (model: Model) => WAITING.includes(model.state) || leaseEnded(model);

/** One actor does one thing, perhaps with an old view: it happens exactly when the model says that it may. */
function step(
  name: string,
  act: (real: Real, view: Job) => Promise<unknown>,
  may: (model: Model, view: Job) => boolean,
  then: (model: Model, now: Job) => void,
): fc.Arbitrary<Step> {
  return fc.nat(3).map((age) => ({
    check: () => true,
    toString: () => `${name}(view ${age} changes old)`,
    run: async (model, real) => {
      const view = real.views[Math.max(0, real.views.length - 1 - age)] as Job;
      const allowed = may(model, view);
      const result = await act(real, view);
      expect(isRefused(result), `${name} in ${model.state}`).toBe(!allowed);
      if (allowed) {
        then(model, result as Job);
        model.dueAt = (result as Job).dueAt;
        real.views.push(result as Job);
      }
      const row = (await real.table.get(real.id)) as Job;
      expect(pick(row)).toEqual(pick(model));
      expect(row.ownerState).toBe(`${row.owner}#${row.state}`);
      // Whoever is not at an end is found by the sweeper; whoever is, is not.
      const final = ['SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT'].includes(row.state);
      expect(row.dueAt === undefined).toBe(final);
      expect(row.dueShard === undefined).toBe(final);
    },
  }));
}

const pick = ({ state, generation, attempts }: Pick<Model, 'state' | 'generation' | 'attempts'>) => ({
  state,
  generation,
  attempts,
});

const end = (state: JobState) => (model: Model) => {
  Object.assign(model, { state, claim: undefined, exhausted: false });
};

const holds = (model: Model, view: Job) =>
  model.state === 'RUNNING' && view.claim !== undefined && view.claim === model.claim;
const error = { code: 'INTERNAL', message: 'it failed' } as const;
const exhausted = { code: 'ATTEMPTS_EXHAUSTED', message: 'it failed' } as const;

const pass: fc.Arbitrary<Step> = fc.integer({ min: 1, max: 400 }).map((ms) => ({
  check: () => true,
  toString: () => `${ms} ms pass`,
  run: async (model, real) => {
    model.now += ms;
    real.clock.now += ms;
  },
}));

/** Everything that anybody may try. */
export const STEPS: fc.Arbitrary<Step>[] = [
  pass,
  step(
    'enqueued',
    ({ table }, view) => table.enqueued(view),
    (model, view) => model.state === 'ACCEPTING' && view.generation === model.generation,
    (model) => {
      model.state = 'PENDING';
    },
  ),
  step(
    'claim',
    ({ clock, table }, view) =>
      table.claim(view, {
        claim: randomUUID(),
        worker: 'w',
        leaseUntil: clock.now + LEASE_MS,
        maxAttempts: MAX_ATTEMPTS,
        visibilityMs: 50,
      }),
    (model, view) =>
      movable(model) &&
      view.generation === model.generation &&
      model.attempts < MAX_ATTEMPTS &&
      model.expiresAt > model.now,
    (model, { claim }) => {
      model.state = 'RUNNING';
      model.attempts += 1;
      model.leaseUntil = model.now + LEASE_MS;
      model.claim = claim;
    },
  ),
  step(
    'release',
    ({ table }, view) => table.release(view, error),
    holds,
    (model) => {
      Object.assign(model, { state: 'PENDING', claim: undefined });
    },
  ),
  step(
    'put back',
    ({ table }, view) => table.putBack(view),
    holds,
    (model) => {
      Object.assign(model, { state: 'PENDING', claim: undefined, attempts: model.attempts - 1 });
    },
  ),
  step(
    'succeed',
    ({ table }, view) => table.succeed(view, { output: { inline: new Uint8Array([1]) } }),
    holds,
    (model) => {
      end('SUCCEEDED')(model);
      model.results += 1;
    },
  ),
  step('fail', ({ table }, view) => table.fail(view, error), holds, end('FAILED')),
  step(
    'fail for the last time',
    ({ table }, view) => table.fail(view, exhausted),
    holds,
    (model) => {
      end('FAILED')(model);
      model.exhausted = true;
    },
  ),
  step(
    'exhaust',
    ({ table }, view) => table.exhaust(view, exhausted),
    (model, view) => movable(model) && view.generation === model.generation,
    (model) => {
      end('FAILED')(model);
      model.exhausted = true;
    },
  ),
  step(
    'revive',
    ({ table }, view) => table.revive(view, JOB_TIMEOUT_MS),
    (model, view) => model.state === 'FAILED' && model.exhausted && view.generation === model.generation,
    (model) => {
      Object.assign(model, { state: 'PENDING', attempts: 0, expiresAt: model.now + JOB_TIMEOUT_MS, exhausted: false });
    },
  ),
  step(
    'cancel',
    ({ table }, view) => table.cancel(view),
    (model) => WAITING.includes(model.state),
    end('CANCELLED'),
  ),
  step(
    'retry',
    ({ table }, view) => table.retry(view, JOB_TIMEOUT_MS),
    (model, view) => ['FAILED', 'CANCELLED', 'TIMED_OUT'].includes(model.state) && view.generation === model.generation,
    (model) => {
      const { generation, now } = model;
      Object.assign(model, {
        state: 'ACCEPTING',
        generation: generation + 1,
        attempts: 0,
        expiresAt: now + JOB_TIMEOUT_MS,
        exhausted: false,
      });
    },
  ),
  step(
    'take over',
    ({ clock, table }, view) => table.takeOver(view, clock.now + LEASE_MS),
    (model, view) =>
      ['ACCEPTING', 'RUNNING'].includes(model.state) &&
      view.generation === model.generation &&
      view.dueAt === model.dueAt,
    (model) => {
      Object.assign(model, { state: 'ACCEPTING', claim: undefined });
    },
  ),
  step(
    'time out',
    ({ table }, view) => table.timeOut(view),
    (model, view) => movable(model) && view.generation === model.generation && model.expiresAt < model.now,
    end('TIMED_OUT'),
  ),
];
