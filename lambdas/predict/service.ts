import { resolve } from 'node:path';
import type { ModelManifest } from '../shared/contract';
import { type Environment, type PredictEnv, readPredictEnv } from '../shared/env';
import { reasonOf } from '../shared/errors';
import { loadModel } from '../shared/session/load';
import { readManifest } from '../shared/session/manifest';
import { type LoadedModel, ModelStore } from '../shared/session/model-store';
import { s3Reader } from '../shared/session/s3';
import type { CreateSession } from '../shared/session/session';
import { RequestLog } from '../shared/telemetry/request-log';

/** What a predict function keeps between requests. */
export interface Service {
  readonly env: PredictEnv;
  readonly models: ModelStore;
  readonly log: RequestLog;
  /** Folder of the manifest and the golden cases. */
  readonly modelDir: string;
}

/** What the function is wired to. */
export interface Wiring {
  readonly env: Environment;
  readonly handlerDir: string;
  readonly createSession: CreateSession;
  readonly write: (line: string) => void;
}

export function createService({ env: variables, handlerDir, createSession, write }: Wiring): Service {
  const env = readPredictEnv(variables);
  const log = new RequestLog({ service: env.service, environment: env.environment, write });
  const modelDir = resolve(handlerDir, env.modelDir);
  const location = { modelDir, bucket: env.modelBucket, key: env.modelKey, pointerKey: env.modelPointerKey };
  const readObject = s3Reader(env.clientOptions);
  const onWarmUpFailure = (error: unknown) => log.event('warm_up_failed', { reason: reasonOf(error) });
  const settings = { location, memoryMb: env.memoryMb, readObject, createSession, onWarmUpFailure };
  const load = (manifest: ModelManifest) => logged(log, manifest, () => loadModel(manifest, settings));
  return { env, log, modelDir, models: new ModelStore({ readManifest: () => readManifest(modelDir), load }) };
}

async function logged(
  log: RequestLog,
  { name }: ModelManifest,
  load: () => Promise<LoadedModel>,
): Promise<LoadedModel> {
  const started = performance.now();
  try {
    const model = await load();
    const { version, revision } = model.identity;
    log.event('model_loaded', { model: name, version, revision, loadMs: performance.now() - started });
    return model;
  } catch (error) {
    log.event('model_load_failed', { model: name, reason: reasonOf(error) });
    throw error;
  }
}
