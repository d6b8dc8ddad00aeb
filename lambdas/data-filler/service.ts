import { resolve } from 'node:path';
import { CacheObjects } from '../shared/cache/cache-objects';
import { CacheStore } from '../shared/cache/cache-store';
import { CacheTable } from '../shared/cache/cache-table';
import type { ModelManifest } from '../shared/contract';
import type { FillerEnv } from '../shared/data/data-env';
import { recordHook } from '../shared/data/load-record-hook';
import { openStore } from '../shared/data/open-store';
import type { DataStore } from '../shared/data/record';
import type { PrepareRecord } from '../shared/data/rows-of-data';
import { readManifest } from '../shared/session/manifest';
import { RequestLog } from '../shared/telemetry/request-log';

/** What the function that fills a cache with data keeps between events. */
export interface Filler {
  readonly env: FillerEnv;
  readonly log: RequestLog;
  readonly manifest: ModelManifest;
  readonly table: Pick<CacheTable, 'invalidate' | 'put'>;
  readonly cache: CacheStore;
  readonly store: DataStore;
  readonly prepare?: PrepareRecord;
}

export function createFiller(env: FillerEnv, handlerDir: string, write: (line: string) => void): Filler {
  const { bucket, cache, clientOptions, data, environment, service } = env;
  const modelDir = resolve(handlerDir, env.modelDir);
  const manifest = readManifest(modelDir);
  // Nobody waits for it, and what it could not write must be tried again.
  const settings = { ...cache, memoryBytes: 0, timeoutMs: 5000 };
  const table = new CacheTable(env.table, settings.timeoutMs, clientOptions);
  const objects = bucket === undefined ? undefined : new CacheObjects(bucket, settings.timeoutMs, clientOptions);
  return {
    env,
    log: new RequestLog({ service, environment, write }),
    manifest,
    table,
    cache: new CacheStore({ model: manifest.name, settings, table, objects }),
    store: openStore(data.store, clientOptions),
    prepare: data.hook ? recordHook(modelDir) : undefined,
  };
}
