import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { dispatch } from '../../../lambdas/composed/dispatch';
import { createComposed } from '../../../lambdas/composed/service';
import { answerCached } from '../../../lambdas/prediction-cache/answer-cached';
import { revalidate } from '../../../lambdas/prediction-cache/revalidate';
import { isRevalidation, type Revalidation } from '../../../lambdas/prediction-cache/revalidation';
import { createPredictionCache, type PredictionCache } from '../../../lambdas/prediction-cache/service';
import { readPredictionCacheEnv } from '../../../lambdas/shared/cache/cache-env';
import type { CacheObjects } from '../../../lambdas/shared/cache/cache-objects';
import { CacheStore } from '../../../lambdas/shared/cache/cache-store';
import {
  CACHE_ENV,
  type CacheSettings,
  ENV,
  type ModelManifest,
  type PredictionCacheSettings,
  type PredictorAnswer,
  type PredictorRequest,
} from '../../../lambdas/shared/contract';
import { type Answer, DEADLINE_MS, gatewayEvent, INFER, type PostOptions, predictFunction } from '../function';
import { manifestOf } from '../manifest';
import { MemoryTable } from './memory-table';

export interface CachedFunctionOptions {
  readonly cache?: Partial<CacheSettings>;
  readonly prediction?: Partial<PredictionCacheSettings>;
  readonly manifest?: Partial<ModelManifest>;
  readonly table?: MemoryTable;
  readonly objects?: Pick<CacheObjects, 'get' | 'put'>;
  readonly currentRevision?: () => string | Promise<string>;
  /** In the place of the real model. */
  readonly predictor?: (request: PredictorRequest) => Promise<PredictorAnswer>;
  /** What the predictor waits for with its answer to this call, from 1 on. */
  readonly turn?: (call: number) => Promise<void> | undefined;
}

export const CACHE: CacheSettings = {
  ttlMs: 60_000,
  staleMs: 0,
  timeoutMs: 200,
  memoryBytes: 0,
  memoryTtlMs: 10_000,
  maxEntryBytes: 380 * 1024,
};

/** The function of a `CachedPredictor`, in this process, around a real predictor and with a clock of its own. */
export function cachedFunction(model: string, options: CachedFunctionOptions = {}) {
  const { table = new MemoryTable(), objects } = options;
  const inner = predictFunction(model);
  const log: Record<string, unknown>[] = [];
  const sent: Revalidation[] = [];
  const state = {
    asked: 0,
    aborted: 0,
    predictorFails: false,
    sendFails: false,
    delayMs: 0,
    passedMs: 0,
  };
  const folder = mkdtempSync(join(tmpdir(), 'cached-function-'));
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifestOf(model, options.manifest)));
  const settings = { ...CACHE, ...options.cache };
  const prediction = {
    strategy: 'concurrent',
    predictorMs: 30_000,
    perPrincipal: false,
    allowBypass: false,
  } as const;
  const env = readPredictionCacheEnv({
    [ENV.service]: 'test-service',
    [ENV.modelDir]: folder,
    [ENV.deadlineMs]: `${DEADLINE_MS}`,
    [ENV.maxBodyBytes]: '1000000',
    [ENV.predictor]: 'arn',
    [CACHE_ENV.table]: 'table',
    [CACHE_ENV.settings]: JSON.stringify(settings),
    [CACHE_ENV.prediction]: JSON.stringify({ ...prediction, ...options.prediction }),
    AWS_LAMBDA_FUNCTION_NAME: 'cache',
  });
  const callPredictor = async (request: PredictorRequest, signal?: AbortSignal): Promise<PredictorAnswer> => {
    state.asked += 1;
    const turn = options.turn?.(state.asked);
    signal?.addEventListener('abort', () => {
      state.aborted += 1;
    });
    // What goes over the wire is text.
    const wire = JSON.parse(JSON.stringify(request));
    const answer = options.predictor ? await options.predictor(wire) : ((await inner.invoke(wire)) as PredictorAnswer);
    await turn;
    await new Promise((resolve) => setTimeout(resolve, state.delayMs));
    if (state.predictorFails) {
      return { v: 1, status: 502, error: { code: 'BAD_GATEWAY', message: 'The predictor failed.' } };
    }
    return JSON.parse(JSON.stringify(answer));
  };
  const sendRevalidation = async (message: Revalidation) => {
    if (state.sendFails) throw new Error('not allowed');
    sent.push(JSON.parse(JSON.stringify(message)));
  };
  const clock = () => Date.now() + state.passedMs;
  let cache: PredictionCache | undefined;
  const composed = createComposed({ env, handlerDir: '/', write: (line) => log.push(JSON.parse(line)) }, (parts) => {
    const made = createPredictionCache(parts, { callPredictor, sendRevalidation });
    const store = new CacheStore({ model: parts.manifest.name, settings, table, objects, clock });
    cache = { ...made, store, currentRevision: options.currentRevision ?? made.currentRevision };
    return answerCached(cache);
  });
  const invoke = (event: unknown) =>
    cache && isRevalidation(event) ? revalidate(event, cache) : dispatch(event, composed);
  return {
    table,
    log,
    state,
    sent,
    invoke,
    /** Lines of the cache, oldest first. */
    outcomes: () => log.filter(({ event }) => event === 'cache'),
    post: async (body: unknown, options: PostOptions = {}) => {
      const event = gatewayEvent('POST', INFER, { parameters: { model }, ...options, body });
      const result = (await invoke(event)) as APIGatewayProxyResult;
      return { ...result, json: JSON.parse(result.isBase64Encoded ? '{}' : result.body) } as Answer;
    },
  };
}
