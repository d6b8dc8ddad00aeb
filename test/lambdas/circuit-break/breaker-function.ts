import { answerGuarded } from '../../../lambdas/circuit-break/answer-guarded';
import { fallBackTo } from '../../../lambdas/circuit-break/fall-back';
import { Tally } from '../../../lambdas/circuit-break/tally';
import { Breaker } from '../../../lambdas/shared/breaker/breaker';
import { OwnBreakerStore } from '../../../lambdas/shared/breaker/breaker-store';
import type { FallbackSettings } from '../../../lambdas/shared/contract';
import type { ServingError } from '../../../lambdas/shared/errors';
import { type ComposedOptions, composedFunction } from '../composed/composed';
import { SETTINGS } from './breaker-model';

export const CONSTANT: FallbackSettings = {
  kind: 'constant',
  outputs: [
    { name: 'label', datatype: 'INT64', shape: [-1], data: [2] },
    { name: 'probabilities', datatype: 'FP32', shape: [-1, 3], data: [0, 0, 1] },
  ],
};

/** What a test may do to the predictor and the limit. */
export interface Weather {
  error?: ServingError;
  /** Whether a place is free. */
  full?: boolean;
  /** How long a call must not take. */
  slowCallMs: number;
  now: number;
}

/** The function of a circuit break around the real iris model, with a store of its own. */
export function breakerFunction(settings: FallbackSettings = CONSTANT, options?: ComposedOptions) {
  const weather: Weather = { slowCallMs: 60_000, now: Date.now() };
  const parts: { tally?: Tally } = {};
  const fn = composedFunction(
    'iris',
    (ask, { log, manifest }) => {
      const tally = new Tally(log, manifest);
      parts.tally = tally;
      return answerGuarded({
        ask: async (question) => {
          if (weather.error) throw weather.error;
          return ask(question);
        },
        breaker: new Breaker({
          store: new OwnBreakerStore(),
          settings: SETTINGS,
          viewMs: 0,
          now: () => weather.now,
          tell: (event, details) => tally.breaker(event, details),
        }),
        limit: { take: async () => (weather.full ? undefined : async () => undefined) },
        fallBack: fallBackTo({ settings, manifest, call: () => () => Promise.reject(new Error('no other predictor')) }),
        settings: {
          callMs: 40_000,
          get slowCallMs() {
            return weather.slowCallMs;
          },
        },
        reserveMs: 0,
        tally,
      });
    },
    options,
  );
  return { ...fn, weather, tally: () => parts.tally as Tally };
}
