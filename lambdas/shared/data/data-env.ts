import { type CacheEnv, readCacheEnv } from '../cache/cache-env';
import { CACHE_ENV, type CacheSettings, DATA_ENV, type DataSettings, ENV } from '../contract';
import { type Environment, type FunctionEnv, object, readFunctionEnv, text } from '../env';

/** Of the function that answers for ids. */
export interface DataCacheEnv extends CacheEnv {
  readonly data: DataSettings;
}

export function readDataCacheEnv(env: Environment): DataCacheEnv {
  return { ...readCacheEnv(env), data: object(env, DATA_ENV.settings) as unknown as DataSettings };
}

/** Of the function that fills a cache with data. */
export interface FillerEnv extends FunctionEnv {
  readonly modelDir: string;
  readonly table: string;
  readonly bucket?: string;
  readonly cache: CacheSettings;
  readonly data: DataSettings;
}

export function readFillerEnv(env: Environment): FillerEnv {
  return {
    ...readFunctionEnv(env),
    modelDir: text(env, ENV.modelDir),
    table: text(env, CACHE_ENV.table),
    bucket: env[CACHE_ENV.bucket],
    cache: object(env, CACHE_ENV.settings) as unknown as CacheSettings,
    data: object(env, DATA_ENV.settings) as unknown as DataSettings,
  };
}
