import type { AsyncCommand } from 'fast-check';
import fc from 'fast-check';
import { expect } from 'vitest';
import { Breaker, type BreakerEvent, type Permit } from '../../../lambdas/shared/breaker/breaker';
import { WINDOW_STEPS } from '../../../lambdas/shared/breaker/breaker-row';
import type { BreakerStore } from '../../../lambdas/shared/breaker/breaker-store';
import { type BreakerSettings, type ForcedState, LEASE_SPARE_MS } from '../../../lambdas/shared/contract';

export const SETTINGS: BreakerSettings = {
  windowMs: 10_000,
  minimumCalls: 4,
  failureRate: 0.5,
  slowRate: 0.75,
  slowCallMs: 500,
  openMs: 5000,
  probes: 2,
  callMs: 1000,
};

/** What `docs/decisions/0008-circuit-break.md` says of a breaker, without rows, versions and views. */
export interface Model {
  now: number;
  state: 'CLOSED' | 'OPEN';
  since: number;
  until: number;
  passed: number;
  forced?: ForcedState;
  probe?: { readonly id: string; readonly until: number };
  /** What each environment saw; successes are told to the others when it looks at the row again. */
  calls: {
    readonly at: number;
    readonly failed: boolean;
    readonly slow: boolean;
    readonly environment: number;
    told: boolean;
  }[];
}

/** Environments that share a store, and the calls that they make at the moment. */
export interface Real {
  readonly clock: { now: number };
  readonly environments: readonly Breaker[];
  readonly inFlight: { readonly environment: number; readonly permit: Permit }[];
  readonly events: BreakerEvent[];
  force(state: ForcedState | undefined): Promise<void>;
}

export function environmentsOf(store: BreakerStore, clock: { now: number }, count: number, viewMs: number) {
  const events: BreakerEvent[] = [];
  const environments = Array.from(
    { length: count },
    () => new Breaker({ store, settings: SETTINGS, viewMs, now: () => clock.now, tell: (event) => events.push(event) }),
  );
  return { environments, events };
}

type Step = AsyncCommand<Model, Real>;

const stepAt = (at: number) => Math.floor(at / (SETTINGS.windowMs / WINDOW_STEPS));

function opensBy({ calls, now }: Model): boolean {
  const counted = calls.filter(({ at, told }) => told && stepAt(at) > stepAt(now) - WINDOW_STEPS);
  const share = (what: 'failed' | 'slow') => counted.filter((call) => call[what]).length / counted.length;
  return (
    counted.length >= SETTINGS.minimumCalls &&
    (share('failed') >= SETTINGS.failureRate || share('slow') >= SETTINGS.slowRate)
  );
}

function open(model: Model): void {
  Object.assign(model, { state: 'OPEN', since: model.now, until: model.now + SETTINGS.openMs, passed: 0, calls: [] });
  model.probe = undefined;
}

async function ask(model: Model, real: Real, environment: number): Promise<void> {
  const permit = await (real.environments[environment] as Breaker).permit();
  const { now } = model;
  look(model, environment);
  expect(permit.kind).toBe(expectedOf(model));
  if (permit.kind === 'refused') expect(permit.retryAfterMs).toBeGreaterThan(0);
  else real.inFlight.push({ environment, permit });
  if (permit.kind === 'probe') model.probe = { id: permit.probe, until: now + SETTINGS.callMs + LEASE_SPARE_MS };
}

function expectedOf({ forced, now, probe, state, until }: Model): Permit['kind'] {
  if (forced === 'OPEN') return 'refused';
  if (forced === 'CLOSED' || state === 'CLOSED') return 'call';
  return now < until || (probe && now < probe.until) ? 'refused' : 'probe';
}

async function end(model: Model, real: Real, which: number, how: End): Promise<void> {
  const [call] = real.inFlight.splice(which % Math.max(1, real.inFlight.length), 1);
  if (!call) return;
  const { environment, permit } = call;
  const outcome = { failed: how === 'failed', slow: how === 'slow' };
  await (real.environments[environment] as Breaker).ended(permit, how === 'unknown' ? how : outcome);
  if (permit.kind === 'probe') endProbe(model, permit.probe, how);
  if (permit.kind !== 'call' || how === 'unknown') return;
  if (model.state === 'OPEN' || permit.at < model.since) return;
  model.calls.push({ at: model.now, environment, told: false, ...outcome });
  if (outcome.failed || outcome.slow) look(model, environment);
}

/** An environment tells what it counted; whoever sees that it is too much opens the breaker. */
function look(model: Model, environment: number): void {
  for (const call of model.calls) if (call.environment === environment) call.told = true;
  if (model.state === 'CLOSED' && !model.forced && opensBy(model)) open(model);
}

type End = 'good' | 'failed' | 'slow' | 'unknown';
const ends = fc.constantFrom<End>('good', 'failed', 'failed', 'slow', 'unknown');

const asked: fc.Arbitrary<Step> = fc.nat(2).map((environment) => ({
  check: () => true,
  toString: () => `environment ${environment} wants to call`,
  run: (model, real) => ask(model, real, environment),
}));

const ended: fc.Arbitrary<Step> = fc.record({ which: fc.nat(5), how: ends }).map(({ how, which }) => ({
  check: () => true,
  toString: () => `call ${which} ended ${how}`,
  run: (model, real) => end(model, real, which, how),
}));

/** Calls one after the other: alone, the two above hardly ever make a breaker open. */
const burst: fc.Arbitrary<Step> = fc
  .array(fc.record({ environment: fc.nat(2), how: ends }), { minLength: 1, maxLength: 6 })
  .map((calls) => ({
    check: () => true,
    toString: () => `calls that end ${calls.map(({ how }) => how).join(', ')}`,
    run: async (model, real) => {
      for (const { environment, how } of calls) {
        const before = real.inFlight.length;
        await ask(model, real, environment);
        if (real.inFlight.length > before) await end(model, real, before, how);
      }
    },
  }));

function endProbe(model: Model, id: string, how: End): void {
  if (model.probe?.id !== id) return;
  model.probe = undefined;
  if (how === 'failed' || how === 'slow') {
    open(model);
    return;
  }
  if (how === 'good') model.passed += 1;
  if (model.passed < SETTINGS.probes) return;
  Object.assign(model, { state: 'CLOSED', since: model.now, passed: 0, calls: [] });
}

/** Limits are where mistakes are. */
const times = fc.oneof(fc.integer({ min: 1, max: 4000 }), fc.constantFrom(1, 1000, 2000, 4999, 5000, 10_000));

const pass: fc.Arbitrary<Step> = times.map((ms) => ({
  check: () => true,
  toString: () => `${ms} ms pass`,
  run: async (model, real) => {
    model.now += ms;
    real.clock.now += ms;
  },
}));

const force: fc.Arbitrary<Step> = fc
  .constantFrom<ForcedState | undefined>('OPEN', 'CLOSED', undefined)
  .map((state) => ({
    check: () => true,
    toString: () => `an operator says ${state ?? 'AUTO'}`,
    run: async (model, real) => {
      await real.force(state);
      model.forced = state;
    },
  }));

/** Everything that may happen, and mostly calls. */
export const STEPS = [asked, asked, ended, ended, burst, burst, burst, pass, pass, force];
