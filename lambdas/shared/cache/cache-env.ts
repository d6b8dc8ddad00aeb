import { CACHE_ENV, type CacheSettings, ENV, type PredictionCacheSettings } from '../contract';
import { type AnsweringEnv, type Environment, object, readAnsweringEnv, text } from '../env';

/** What every function with a cache is told by its environment variables. */
export interface CacheEnv extends AnsweringEnv {
  readonly table: string;
  /** Where entries go that are too large for a row. */
  readonly bucket?: string;
  readonly cache: CacheSettings;
  /** ARN of the predictor that is asked. */
  readonly predictor: string;
  /** Its own name, by which it invokes itself. */
  readonly functionName: string;
}

export function readCacheEnv(env: Environment): CacheEnv {
  return {
    ...readAnsweringEnv(env),
    table: text(env, CACHE_ENV.table),
    bucket: env[CACHE_ENV.bucket],
    cache: object(env, CACHE_ENV.settings) as unknown as CacheSettings,
    predictor: text(env, ENV.predictor),
    functionName: text(env, 'AWS_LAMBDA_FUNCTION_NAME'),
  };
}

/** Of the function that caches answers. */
export interface PredictionCacheEnv extends CacheEnv {
  readonly prediction: PredictionCacheSettings;
  /** Where the pointer is that says which model answers, if one does. */
  readonly pointer?: { readonly bucket: string; readonly key: string };
}

export function readPredictionCacheEnv(env: Environment): PredictionCacheEnv {
  const key = env[ENV.modelPointerKey];
  return {
    ...readCacheEnv(env),
    prediction: object(env, CACHE_ENV.prediction) as unknown as PredictionCacheSettings,
    pointer: key === undefined ? undefined : { bucket: text(env, ENV.modelBucket), key },
  };
}
