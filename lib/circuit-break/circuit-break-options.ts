import { Duration, Token } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { BreakerSettings } from '../../lambdas/shared/contract';
import type { ComposedPredictorOptions } from '../predictor/composed-predictor';
import type { Fallback } from './fallback';

/** When a call is not let through, and what answers then; every option has a default. */
export interface CircuitBreakOptions extends ComposedPredictorOptions {
  /**
   * What answers where the predictor is not asked, or fails.
   * @default Fallback.refuse()
   */
  readonly fallback?: Fallback;
  /**
   * Most calls of the predictor at once, counted in the table: exact, for two writes a call. 1 to 100. Where the
   * predictor is a function of yours, its `reservedConcurrency` is as exact and costs nothing.
   * @default - as many as the predictor takes
   */
  readonly maxConcurrency?: number;
  /**
   * Share of the calls that fail, from which on the breaker opens: more than 0, at most 1. What is wrong with a request
   * is no failure.
   * @default 0.5
   */
  readonly failureRate?: number;
  /**
   * Time from which on a call is slow, answered or not.
   * @default - half of the predictor's deadline
   */
  readonly slowCallDuration?: Duration;
  /**
   * Share of the calls that are slow, from which on the breaker opens: more than 0, at most 1.
   * @default 0.8
   */
  readonly slowCallRate?: number;
  /**
   * How far back calls count: one second to an hour.
   * @default Duration.seconds(30)
   */
  readonly failureWindow?: Duration;
  /**
   * Calls within the window below which the breaker never opens.
   * @default 20
   */
  readonly minimumCalls?: number;
  /**
   * How long the breaker stays open before a call may try.
   * @default Duration.seconds(15)
   */
  readonly openDuration?: Duration;
  /**
   * Calls that must succeed, one after the other, before the breaker closes. 1 to 20.
   * @default 2
   */
  readonly probes?: number;
  /**
   * A table of your own for the state, with the key and the time to live of `BreakerTable`. A table is one breaker's.
   * @default - one is made, and destroyed with the stack
   */
  readonly breakerTable?: ITable;
  /**
   * Longest time to an answer, from the arrival of the request: the predictor's deadline, the fallback's and time to ask.
   * @default - the predictor's deadline plus the fallback's plus a second
   */
  readonly deadline?: Duration;
}

/** What the function is told, checked where the message can say what to do. */
export function breakerSettings(options: CircuitBreakOptions, predictorDeadline: Duration): BreakerSettings {
  const { failureRate = 0.5, maxConcurrency, minimumCalls = 20, probes = 2, slowCallRate = 0.8 } = options;
  const callMs = predictorDeadline.toMilliseconds();
  const slowCallMs = options.slowCallDuration?.toMilliseconds() ?? Math.round(callMs / 2);
  const windowMs = (options.failureWindow ?? Duration.seconds(30)).toMilliseconds();
  const openMs = (options.openDuration ?? Duration.seconds(15)).toMilliseconds();
  for (const [name, share] of Object.entries({ failureRate, slowCallRate })) {
    demand(name, share, share > 0 && share <= 1, 'more than 0 and at most 1');
  }
  whole('maxConcurrency', maxConcurrency, 1, 100, '; for more use reservedConcurrency of the predictor');
  whole('minimumCalls', minimumCalls, 1, 1_000_000);
  whole('probes', probes, 1, 20);
  between('slowCallDuration', slowCallMs, 1, callMs, 'the deadline of the predictor');
  between('failureWindow', windowMs, 1000, 3_600_000, 'an hour');
  between('openDuration', openMs, 100, 86_400_000, 'a day');
  return {
    windowMs,
    minimumCalls,
    failureRate,
    slowRate: slowCallRate,
    slowCallMs,
    openMs,
    probes,
    maxConcurrency,
    callMs,
  };
}

function whole(name: string, value: number | undefined, least: number, most: number, way = ''): void {
  if (value === undefined) return;
  demand(
    name,
    value,
    Number.isInteger(value) && value >= least && value <= most,
    `a whole number from ${least} to ${most}${way}`,
  );
}

function between(name: string, ms: number, least: number, most: number, what: string): void {
  if (ms >= least && ms <= most) return;
  throw new Error(`${name} must be between ${least} ms and ${most} ms (${what}); got ${ms} ms`);
}

function demand(name: string, value: number, holds: boolean, allowed: string): void {
  if (Token.isUnresolved(value)) throw new Error(`${name} must be known at synth; got a token`);
  if (!holds) throw new Error(`${name} must be ${allowed}; got ${value}`);
}
