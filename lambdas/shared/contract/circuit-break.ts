/** What a circuit break and its operator agree on: the table, the settings, what is counted. */

import type { WireTensor } from './tensors';

/** Version of the rows of the table. */
export const BREAKER_VERSION = 1;

/** The table of a circuit break, which all its environments share. */
export const BREAKER_TABLE = {
  key: 'id',
  ttl: 'ttl',
  /** Row of the breaker: its state, and what was counted in the window. */
  breaker: 'breaker',
  /** Row of the leases of those that ask the predictor now. */
  leases: 'leases',
  /** What the rows of last results begin with. */
  results: 'result#',
} as const;

/** What an operator decides over the head of the breaker. */
export const FORCED_STATES = ['OPEN', 'CLOSED'] as const;
export type ForcedState = (typeof FORCED_STATES)[number];

/** When a breaker opens and closes. */
export interface BreakerSettings {
  readonly windowMs: number;
  /** Calls within the window below which it never opens. */
  readonly minimumCalls: number;
  /** Share of failed calls (0..1) from which on it opens. */
  readonly failureRate: number;
  /** Share of slow calls (0..1) from which on it opens. A call that failed by being slow is both. */
  readonly slowRate: number;
  readonly slowCallMs: number;
  /** How long it stays open before a call may try. */
  readonly openMs: number;
  /** Calls that must succeed, one after the other, before it closes. */
  readonly probes: number;
  /** Most calls of the predictor at once, counted in the table. */
  readonly maxConcurrency?: number;
  /** Longest time of a call of the predictor. */
  readonly callMs: number;
}

/** A place, and the right to probe, are leases: after the longest call and so much more another one has them. */
export const LEASE_SPARE_MS = 1000;

/** What answers in the predictor's place. */
export type FallbackSettings =
  | { readonly kind: 'refuse' }
  | { readonly kind: 'constant'; readonly outputs: readonly WireTensor[] }
  | { readonly kind: 'predictor'; readonly predictor: string; readonly deadlineMs: number }
  | { readonly kind: 'last-result'; readonly maxAgeMs: number };

/** Why a fallback answered: the value of the header `x-fallback`. `throttled` is the gateway's. */
export const FALLBACK_REASONS = ['throttled', 'open', 'concurrency', 'failed', 'slow'] as const;
export type FallbackReason = (typeof FALLBACK_REASONS)[number];

/** Names of the environment variables of a circuit break, beside `ENV`. */
export const BREAKER_ENV = {
  table: 'SERVING_BREAKER_TABLE',
  /** JSON `BreakerSettings`. */
  settings: 'SERVING_BREAKER_SETTINGS',
  /** JSON `FallbackSettings`. */
  fallback: 'SERVING_FALLBACK',
} as const;

/** Metrics of a circuit break, with the dimensions of every other. */
export const BREAKER_METRICS = {
  /** Calls that were refused because the breaker was open. */
  refusedOpen: { name: 'RefusedOpen', unit: 'Count' },
  /** Calls that were refused because as many ran as may. */
  refusedConcurrency: { name: 'RefusedConcurrency', unit: 'Count' },
  /** Calls in which the predictor failed. */
  failedCalls: { name: 'FailedCalls', unit: 'Count' },
  /** Calls in which the predictor took too long, answered or not. */
  slowCalls: { name: 'SlowCalls', unit: 'Count' },
  /** Answers that the fallback gave. */
  fallbacks: { name: 'Fallbacks', unit: 'Count' },
  opened: { name: 'BreakerOpened', unit: 'Count' },
  probes: { name: 'BreakerProbes', unit: 'Count' },
  closed: { name: 'BreakerClosed', unit: 'Count' },
  /** Times that the table did not answer; the environment then decides alone for a while. */
  tableFailures: { name: 'BreakerTableFailures', unit: 'Count' },
} as const;
