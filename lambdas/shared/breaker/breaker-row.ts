import type { BreakerSettings, ForcedState } from '../contract';

/** What was counted within one step of the window. */
export interface Counts {
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
}

/** The state of a breaker, as everybody sees it. */
export interface BreakerState {
  /** Every change of the state is one more: who saw an older one cannot change it. */
  readonly version: number;
  /** HALF_OPEN is OPEN whose time is up, or that somebody probes. */
  readonly state: 'CLOSED' | 'OPEN';
  /** When `state` began. What was asked before says nothing about it. */
  readonly since: number;
  /** Of OPEN: when a call may try. */
  readonly until?: number;
  /** Who probes, and until when nobody else does. */
  readonly probe?: string;
  readonly probeUntil?: number;
  /** Probes that succeeded, one after the other. */
  readonly passed?: number;
  /** What an operator decided; nothing else changes the state meanwhile. */
  readonly forced?: ForcedState;
}

export interface BreakerRow extends BreakerState {
  /** By the number of the step: time divided by its length. */
  readonly window: ReadonlyMap<number, Counts>;
}

/** The window is counted in so many steps, of which the oldest falls out at once. */
export const WINDOW_STEPS = 10;

export const NEW_ROW: BreakerRow = { version: 0, state: 'CLOSED', since: 0, window: new Map() };

export function stepOf(now: number, { windowMs }: Pick<BreakerSettings, 'windowMs'>): number {
  return Math.floor(now / (windowMs / WINDOW_STEPS));
}

/** What was counted within the window. */
export function countsWithin({ window }: BreakerRow, now: number, settings: Pick<BreakerSettings, 'windowMs'>): Counts {
  const last = stepOf(now, settings);
  let [calls, failures, slow] = [0, 0, 0];
  for (const [step, counts] of window) {
    if (step <= last - WINDOW_STEPS) continue;
    calls += counts.calls;
    failures += counts.failures;
    slow += counts.slow;
  }
  return { calls, failures, slow };
}
