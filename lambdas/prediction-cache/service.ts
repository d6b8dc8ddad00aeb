import type { Question } from '../composed/service';
import type { PredictionCacheEnv } from '../shared/cache/cache-env';
import { cacheKey } from '../shared/cache/cache-key';
import { CacheObjects } from '../shared/cache/cache-objects';
import { CacheStore } from '../shared/cache/cache-store';
import { CacheTable } from '../shared/cache/cache-table';
import { type CurrentRevision, pointerRevision } from '../shared/cache/current-revision';
import type { ModelManifest, PredictorSuccess } from '../shared/contract';
import { askPredictor } from '../shared/predictor/ask';
import type { CallPredictor } from '../shared/predictor/call';
import { s3Reader } from '../shared/session/s3';
import type { RequestLog } from '../shared/telemetry/request-log';
import type { Revalidation } from './revalidation';

/** What the function of a `CachedPredictor` keeps between requests. */
export interface PredictionCache {
  readonly env: PredictionCacheEnv;
  readonly log: RequestLog;
  readonly manifest: ModelManifest;
  readonly store: CacheStore;
  readonly currentRevision: CurrentRevision;
  /** Asks the predictor behind the cache. */
  readonly ask: (question: Question, signal?: AbortSignal) => Promise<PredictorSuccess>;
  /** Has a stale entry refreshed by another run of this function. */
  readonly sendRevalidation: (message: Revalidation) => Promise<void>;
}

export interface PredictionCacheParts {
  readonly env: PredictionCacheEnv;
  readonly log: RequestLog;
  readonly manifest: ModelManifest;
}

export interface Calls {
  readonly callPredictor: CallPredictor;
  readonly sendRevalidation: (message: Revalidation) => Promise<void>;
}

export function createPredictionCache({ env, log, manifest }: PredictionCacheParts, calls: Calls): PredictionCache {
  const { bucket, cache: settings, clientOptions, pointer } = env;
  const table = new CacheTable(env.table, settings.timeoutMs, clientOptions);
  const objects = bucket === undefined ? undefined : new CacheObjects(bucket, settings.timeoutMs, clientOptions);
  return {
    env,
    log,
    manifest,
    store: new CacheStore({ model: manifest.name, settings, table, objects }),
    currentRevision: pointer
      ? pointerRevision(pointer, manifest, settings.memoryTtlMs, s3Reader(clientOptions))
      : () => manifest.revision,
    ask: async (question, signal) =>
      (await askPredictor(calls.callPredictor, question, question.inference, manifest, signal)).success,
    sendRevalidation: calls.sendRevalidation,
  };
}

/** The key of the answer that this revision gives to a question. */
export function keyOf(
  { inference, pair, principal }: Question,
  revision: string,
  { env, manifest }: PredictionCache,
): string {
  const { keyInputs, perPrincipal } = env.prediction;
  const { inputs, outputs } = inference;
  return cacheKey({
    model: manifest.name,
    revision,
    principal: perPrincipal ? principal : undefined,
    pair,
    inputs: keyInputs ? inputs.filter(({ name }) => keyInputs.includes(name)) : inputs,
    outputs,
  });
}
