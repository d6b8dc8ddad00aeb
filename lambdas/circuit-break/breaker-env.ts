import { BREAKER_ENV, type BreakerSettings, ENV, type FallbackSettings } from '../shared/contract';
import { type AnsweringEnv, type Environment, object, readAnsweringEnv, text } from '../shared/env';

/** What a circuit break is told by its environment variables. */
export interface BreakerEnv extends AnsweringEnv {
  /** ARN of the predictor that is asked. */
  readonly predictor: string;
  readonly table: string;
  readonly settings: BreakerSettings;
  readonly fallback: FallbackSettings;
}

export function readBreakerEnv(env: Environment): BreakerEnv {
  return {
    ...readAnsweringEnv(env),
    predictor: text(env, ENV.predictor),
    table: text(env, BREAKER_ENV.table),
    settings: object(env, BREAKER_ENV.settings) as unknown as BreakerSettings,
    fallback: object(env, BREAKER_ENV.fallback) as unknown as FallbackSettings,
  };
}
