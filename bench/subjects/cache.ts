/** A hit of a prediction cache from event to answer: `cache.mjs ROUNDS`. Microseconds by case to descriptor 3. */
import { mkdtempSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dispatch } from '../../lambdas/composed/dispatch';
import { createComposed } from '../../lambdas/composed/service';
import { answerCached } from '../../lambdas/prediction-cache/answer-cached';
import { createPredictionCache } from '../../lambdas/prediction-cache/service';
import { readPredictionCacheEnv } from '../../lambdas/shared/cache/cache-env';
import { CacheStore } from '../../lambdas/shared/cache/cache-store';
import type { CacheRow, Rows } from '../../lambdas/shared/cache/cache-table';
import { CACHE_ENV, ENV, type PredictorAnswer } from '../../lambdas/shared/contract';
import { medianUs } from '../median';

const manifest = {
  v: 1,
  name: 'iris',
  version: '1.0.0',
  revision: 'r',
  source: 'asset',
  description: 'iris',
  inputs: [{ name: 'features', datatype: 'FP32', shape: [-1, 4] }],
  outputs: [
    { name: 'label', datatype: 'INT64', shape: [-1] },
    { name: 'probabilities', datatype: 'FP32', shape: [-1, 3] },
  ],
};
const folder = mkdtempSync(join(tmpdir(), 'cache-'));
writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));

const answer: PredictorAnswer = {
  v: 1,
  status: 200,
  model: { name: 'iris', version: '1.0.0', revision: 'r' },
  response: {
    model_name: 'iris',
    model_version: '1.0.0',
    outputs: [
      { name: 'label', datatype: 'INT64', shape: [1], data: [0] },
      { name: 'probabilities', datatype: 'FP32', shape: [1, 3], data: [0.97, 0.02, 0.01] },
    ],
  },
  stages: [],
};

/** A table that answers at once, so that only our own code is measured. */
function standIn(): Rows {
  const rows = new Map<string, CacheRow>();
  return {
    read: async (keys) => ({
      rows: new Map(keys.flatMap((key) => (rows.has(key) ? [[key, rows.get(key) as CacheRow]] : []))),
      invalidations: {},
      leases: new Map(),
    }),
    put: async (key, row) => {
      rows.set(key, row);
      return true;
    },
    lease: async () => true,
    release: async () => true,
  };
}

function functionWith(memoryBytes: number) {
  const settings = {
    ttlMs: 3_600_000,
    staleMs: 0,
    timeoutMs: 500,
    memoryBytes,
    memoryTtlMs: 3_600_000,
    maxEntryBytes: 100_000,
  };
  const prediction = {
    strategy: 'lookup-first',
    predictorMs: 1000,
    perPrincipal: false,
    allowBypass: false,
  };
  const env = readPredictionCacheEnv({
    [ENV.service]: 'bench',
    [ENV.modelDir]: folder,
    [ENV.deadlineMs]: '5000',
    [ENV.maxBodyBytes]: '1000000',
    [ENV.predictor]: 'arn',
    [CACHE_ENV.table]: 'table',
    [CACHE_ENV.settings]: JSON.stringify(settings),
    [CACHE_ENV.prediction]: JSON.stringify(prediction),
    AWS_LAMBDA_FUNCTION_NAME: 'cache',
  });
  const table = standIn();
  const composed = createComposed({ env, handlerDir: '/', write: () => undefined }, (parts) => {
    const calls = { callPredictor: async () => answer, sendRevalidation: async () => undefined };
    const store = new CacheStore({ model: 'iris', settings, table });
    return answerCached({ ...createPredictionCache(parts, calls), store });
  });
  return { composed, table };
}

const event = (): object => ({
  httpMethod: 'POST',
  resource: '/v2/models/{model}/infer',
  pathParameters: { model: 'iris' },
  headers: { 'Content-Type': 'application/json' },
  body: '{"inputs":[{"name":"features","datatype":"FP32","shape":[1,4],"data":[5.1,3.5,1.4,0.2]}]}',
  isBase64Encoded: false,
  requestContext: { requestId: 'r', requestTimeEpoch: Date.now() },
});

async function hit(memoryBytes: number): Promise<() => Promise<unknown>> {
  const { composed } = functionWith(memoryBytes);
  await dispatch(event(), composed);
  const { headers } = (await dispatch(event(), composed)) as { headers: Record<string, string> };
  if (headers['x-cache'] !== 'HIT') throw new Error(`no hit: ${JSON.stringify(headers)}`);
  return () => dispatch(event(), composed);
}

async function main(): Promise<void> {
  const { table } = functionWith(0);
  const cases: Record<string, () => unknown> = {
    'lookup alone': () => table.read(['k']),
    'hit in the table': await hit(0),
    'hit in memory': await hit(10_000_000),
  };
  const [rounds = ''] = process.argv.slice(2);
  const times: Record<string, number[]> = {};
  for (let round = 0; round < Number(rounds); round++) {
    for (const [name, call] of Object.entries(cases)) {
      times[name] ??= [];
      times[name].push(await medianUs(2000, call));
    }
  }
  writeSync(3, JSON.stringify(times));
}

main();
