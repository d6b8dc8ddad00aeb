import { type BreakerSettings, LEASE_SPARE_MS } from '../contract';
import { type BreakerRow, type BreakerState, countsWithin } from './breaker-row';

/** What may be done with a call. */
export type Decision =
  | { readonly kind: 'call' }
  /** Its turn to try has come, if nobody else takes it first. */
  | { readonly kind: 'try' }
  | { readonly kind: 'refuse'; readonly retryAfterMs: number };

/** How a probe ended. `unknown`: it said nothing about the predictor, because its client was wrong. */
export type ProbeEnd = 'passed' | 'failed' | 'unknown';

/** Told to those that are refused while an operator keeps the breaker open: nobody knows how long. */
const FORCED_RETRY_MS = 30_000;

/**
 * What the state says of a call that begins now. Who wrote a time that is further away than any that is written here had
 * another clock: nobody waits for it.
 */
export function decide(row: BreakerState, now: number, { callMs, openMs }: BreakerSettings): Decision {
  const { forced, probe, probeUntil = 0, state, until = 0 } = row;
  if (forced === 'OPEN') return { kind: 'refuse', retryAfterMs: FORCED_RETRY_MS };
  if (forced === 'CLOSED' || state === 'CLOSED') return { kind: 'call' };
  if (isWithin(until - now, openMs)) return { kind: 'refuse', retryAfterMs: until - now };
  if (probe !== undefined && isWithin(probeUntil - now, callMs + LEASE_SPARE_MS))
    return { kind: 'refuse', retryAfterMs: Math.min(1000, probeUntil - now) };
  return { kind: 'try' };
}

function isWithin(leftMs: number, mostMs: number): boolean {
  return leftMs > 0 && leftMs <= mostMs + CLOCKS_MS;
}

/** How far the clocks of environments may differ. */
export const CLOCKS_MS = 1000;

/** Whether what was counted opens it. */
export function trips(row: BreakerRow, now: number, settings: BreakerSettings): boolean {
  if (row.forced !== undefined || row.state !== 'CLOSED') return false;
  const { calls, failures, slow } = countsWithin(row, now, settings);
  if (calls < settings.minimumCalls) return false;
  return failures >= settings.failureRate * calls || slow >= settings.slowRate * calls;
}

export function opened(row: BreakerState, now: number, { openMs }: BreakerSettings): BreakerState {
  return { ...next(row), state: 'OPEN', since: now, until: now + openMs };
}

export function probed(row: BreakerState, probe: string, now: number, { callMs }: BreakerSettings): BreakerState {
  return {
    ...next(row),
    state: 'OPEN',
    until: row.until,
    passed: row.passed,
    probe,
    probeUntil: now + callMs + LEASE_SPARE_MS,
  };
}

/** What becomes of the breaker when a probe has ended. */
export function probeEnded(row: BreakerState, end: ProbeEnd, now: number, settings: BreakerSettings): BreakerState {
  if (end === 'failed') return opened(row, now, settings);
  const passed = (row.passed ?? 0) + (end === 'passed' ? 1 : 0);
  if (passed >= settings.probes) return { ...next(row), state: 'CLOSED', since: now };
  return { ...next(row), state: 'OPEN', until: row.until, passed };
}

function next({ forced, since, version }: BreakerState): Pick<BreakerState, 'forced' | 'since' | 'version'> {
  return { version: version + 1, since, ...(forced && { forced }) };
}
