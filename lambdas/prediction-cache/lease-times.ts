import type { PredictionCacheEnv } from '../shared/cache/cache-env';

type Times = Pick<PredictionCacheEnv, 'cache' | 'prediction'>;

/** How long the holder of a lease may ask the predictor: to look once more, and what the predictor may take. */
export function mayAskMs({ cache, prediction }: Times): number {
  return prediction.predictorMs + 2 * cache.timeoutMs;
}

/** A lease ends after its holder has asked and stored, and not much later: others wait for it when the holder dies. */
export function leaseMs(times: Times): number {
  return mayAskMs(times) + 2 * times.cache.timeoutMs;
}
