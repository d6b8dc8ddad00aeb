import type { Duration } from 'aws-cdk-lib';
import type { ComposedPredictorOptions } from '../predictor/composed-predictor';
import type { CacheOptions } from './cache-options';
import type { CacheStrategy } from './cache-strategy';

/** How answers are cached; every option has a default. */
export interface CachedPredictorOptions extends CacheOptions, ComposedPredictorOptions {
  /**
   * When the predictor is asked: together with the lookup, or only where that found nothing.
   * @default - `CacheStrategy.CONCURRENT`; with `singleFlight` `CacheStrategy.LOOKUP_FIRST`
   */
  readonly strategy?: CacheStrategy;
  /**
   * Whether requests that ask the same at once wait for one of them, instead of asking the predictor each.
   * @default false
   */
  readonly singleFlight?: boolean;
  /**
   * With `singleFlight`, how many of them ask the predictor at once. At most 10.
   * @default 1
   */
  readonly maxInflight?: number;
  /**
   * How long after `ttl` an entry is still answered with, while it is refreshed.
   * @default - none: after `ttl` the predictor answers
   */
  readonly staleWhileRevalidate?: Duration;
  /**
   * Names of the inputs that an answer depends on, such as `user_id`. Requests that agree in these have the same answer,
   * whatever the others hold.
   * @default - all inputs
   */
  readonly keyInputs?: string[];
  /**
   * Whether each caller has answers of its own. Who calls without a name is answered without the cache.
   * @default false
   */
  readonly perPrincipal?: boolean;
  /**
   * Whether a client may go past the cache with `Cache-Control: no-cache` (an answer of now) or `no-store` (which is not
   * kept either). The cache protects the predictor only from those who may not.
   * @default false
   */
  readonly allowBypass?: boolean;
  /**
   * Longest time to an answer. It must hold that of the predictor and `cacheTimeout`; with `singleFlight` that of as many
   * operations as `maxInflight` and two more. Behind an API at most 29 s.
   * @default - the predictor's, `cacheTimeout` and half a second; with `singleFlight` twice the predictor's and ten times
   * `cacheTimeout`, at most 29 s, so that who waits in vain has time to ask
   */
  readonly cacheDeadline?: Duration;
}
