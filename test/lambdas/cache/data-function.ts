import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { dispatch } from '../../../lambdas/composed/dispatch';
import { createComposed } from '../../../lambdas/composed/service';
import { answerForIds } from '../../../lambdas/data-cache/answer-for-ids';
import { createDataCache } from '../../../lambdas/data-cache/service';
import type { FillEvent } from '../../../lambdas/data-filler/changes-of';
import { fillFrom } from '../../../lambdas/data-filler/fill-from';
import { createFiller } from '../../../lambdas/data-filler/service';
import { CacheStore } from '../../../lambdas/shared/cache/cache-store';
import {
  CACHE_ENV,
  type CacheSettings,
  DATA_ENV,
  type DataSettings,
  ENV,
  type InputSpec,
  type PredictorAnswer,
  type PredictorRequest,
} from '../../../lambdas/shared/contract';
import { readDataCacheEnv, readFillerEnv } from '../../../lambdas/shared/data/data-env';
import type { DataStore, StoredRecord } from '../../../lambdas/shared/data/record';
import { type Answer, DEADLINE_MS, gatewayEvent, INFER, predictFunction } from '../function';
import { manifestOf } from '../manifest';
import { CACHE } from './cached-function';
import { MemoryTable } from './memory-table';

/** A store whose reads take time, fail, or are given up. */
export class MemoryDataStore implements DataStore {
  readonly records = new Map<string, StoredRecord>();
  state: 'up' | 'down' | 'hanging' = 'up';
  delayMs = 0;
  begun = 0;
  completed = 0;
  asked: string[][] = [];

  async read(ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, StoredRecord>> {
    this.begun += 1;
    this.asked.push([...ids]);
    if (this.state === 'hanging') await new Promise(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    if (this.state === 'down') throw new Error('the store is down');
    signal.throwIfAborted();
    this.completed += 1;
    return new Map(ids.flatMap((id) => (this.records.has(id) ? [[id, this.records.get(id) as StoredRecord]] : [])));
  }

  async *pages(): AsyncIterable<ReadonlyMap<string, StoredRecord>> {
    yield this.records;
  }
}

export interface DataFunctionOptions {
  readonly cache?: Partial<CacheSettings>;
  readonly data?: Partial<DataSettings>;
  readonly table?: MemoryTable;
  readonly store?: MemoryDataStore;
  /** Module of the hook, as text. */
  readonly hook?: string;
  readonly numericId?: boolean;
  readonly predictorFails?: boolean;
  readonly deadlineMs?: number;
}

const COLUMNS = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'];

/** The function of a `DataPredictor` around the real iris model, and the one that fills its cache, in this process. */
export function dataFunction(options: DataFunctionOptions = {}) {
  const { table = new MemoryTable(), store = new MemoryDataStore() } = options;
  const inner = predictFunction('iris');
  const { inputs } = manifestOf('iris');
  const log: Record<string, unknown>[] = [];
  const asked: PredictorRequest[] = [];
  const state = { passedMs: 0 };
  const folder = mkdtempSync(join(tmpdir(), 'data-function-'));
  const id: InputSpec = { name: 'id', datatype: options.numericId ? 'INT64' : 'BYTES', shape: [-1] };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifestOf('iris', { inputs: [id] })));
  if (options.hook) {
    mkdirSync(join(folder, 'record'));
    writeFileSync(join(folder, 'record/index.mjs'), options.hook);
  }
  const settings = { ...CACHE, ...options.cache };
  const data: DataSettings = {
    store: { kind: 'table', table: 'data', key: 'id', numeric: false },
    inputs,
    columns: { features: COLUMNS },
    form: 'preprocessed',
    version: 'v1',
    strategy: 'concurrent',
    unknownTtlMs: 0,
    storeTimeoutMs: 1000,
    hook: options.hook !== undefined,
    ...options.data,
  };
  const variables = {
    [ENV.service]: 'test-service',
    [ENV.modelDir]: folder,
    [ENV.deadlineMs]: `${options.deadlineMs ?? DEADLINE_MS}`,
    [ENV.maxBodyBytes]: '1000000',
    [ENV.predictor]: 'arn',
    [CACHE_ENV.table]: 'table',
    [CACHE_ENV.settings]: JSON.stringify(settings),
    [DATA_ENV.settings]: JSON.stringify(data),
    AWS_LAMBDA_FUNCTION_NAME: 'data',
  };
  const clock = () => Date.now() + state.passedMs;
  const write = (line: string) => log.push(JSON.parse(line));
  const call = async (request: PredictorRequest) => {
    asked.push(request);
    if (options.predictorFails) {
      return { v: 1, status: 502, error: { code: 'BAD_GATEWAY', message: 'It failed.' } } as const;
    }
    return JSON.parse(JSON.stringify(await inner.invoke(JSON.parse(JSON.stringify(request))))) as PredictorAnswer;
  };
  const cache = new CacheStore({ model: 'iris', settings, table, clock });
  const composed = createComposed({ env: readDataCacheEnv(variables), handlerDir: '/', write }, (parts) =>
    answerForIds({ ...createDataCache(parts, '/', call), cache, store }),
  );
  const filler = {
    ...createFiller(readFillerEnv(variables), '/', write),
    table,
    cache: new CacheStore({ model: 'iris', settings: { ...settings, memoryBytes: 0 }, table, clock }),
    store,
  };
  const ids = (...values: (string | number)[]) => ({
    inputs: [{ name: 'id', datatype: id.datatype, shape: [values.length], data: values }],
  });
  return {
    inner,
    table,
    store,
    log,
    asked,
    state,
    post: async (...values: (string | number)[]) => {
      const event = gatewayEvent('POST', INFER, { parameters: { model: 'iris' }, body: ids(...values) });
      const result = (await dispatch(event, composed)) as APIGatewayProxyResult;
      return { ...result, json: JSON.parse(result.body) } as Answer;
    },
    fill: (event: FillEvent) => fillFrom(event, filler),
  };
}

export const SETOSA = { id: 'a', sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 };
export const VIRGINICA = { id: 'b', sepal_length: 6.7, sepal_width: 3.0, petal_length: 5.2, petal_width: 2.3 };
