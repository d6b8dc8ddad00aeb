import { resolve } from 'node:path';
import type { ComposedParts, Question } from '../composed/service';
import { CacheObjects } from '../shared/cache/cache-objects';
import { CacheStore } from '../shared/cache/cache-store';
import { CacheTable } from '../shared/cache/cache-table';
import type { ModelManifest, PredictorSuccess } from '../shared/contract';
import type { DataCacheEnv } from '../shared/data/data-env';
import { recordHook } from '../shared/data/load-record-hook';
import { openStore } from '../shared/data/open-store';
import type { DataStore } from '../shared/data/record';
import type { PrepareRecord } from '../shared/data/rows-of-data';
import { askPredictor } from '../shared/predictor/ask';
import type { CallPredictor } from '../shared/predictor/call';
import type { RequestLog } from '../shared/telemetry/request-log';

/** What the function of a `DataPredictor` keeps between requests. */
export interface DataCache {
  readonly env: DataCacheEnv;
  readonly log: RequestLog;
  readonly manifest: ModelManifest;
  readonly cache: CacheStore;
  readonly store: DataStore;
  readonly prepare?: PrepareRecord;
  /** Asks the predictor with the tensors that the data make. */
  readonly ask: (question: Question) => Promise<PredictorSuccess>;
}

export function createDataCache(
  { env, log, manifest }: ComposedParts<DataCacheEnv>,
  handlerDir: string,
  callPredictor: CallPredictor,
): DataCache {
  const { bucket, cache: settings, clientOptions, data } = env;
  const table = new CacheTable(env.table, settings.timeoutMs, clientOptions);
  const objects = bucket === undefined ? undefined : new CacheObjects(bucket, settings.timeoutMs, clientOptions);
  return {
    env,
    log,
    manifest,
    cache: new CacheStore({ model: manifest.name, settings, table, objects }),
    store: openStore(data.store, clientOptions),
    prepare: data.hook ? recordHook(resolve(handlerDir, env.modelDir)) : undefined,
    ask: async (question) => (await askPredictor(callPredictor, question, question.inference, manifest)).success,
  };
}
