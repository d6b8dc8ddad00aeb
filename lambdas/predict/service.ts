import { resolve } from 'node:path';
import { EVENT_METRICS, type ModelManifest, type PayloadLogSettings } from '../shared/contract';
import { type Environment, type PredictEnv, readPredictEnv } from '../shared/env';
import { reasonOf } from '../shared/errors';
import { loadHooks } from '../shared/hooks/load-hooks';
import type { AnsweringService } from '../shared/http/answer';
import { objectsOf } from '../shared/payloads/object-store';
import { loadModel } from '../shared/session/load';
import { loadPortable } from '../shared/session/load-portable';
import { readManifest } from '../shared/session/manifest';
import { type LoadedModel, type LoadModel, ModelStore } from '../shared/session/model-store';
import { s3Reader } from '../shared/session/s3';
import type { CreateSession, Session } from '../shared/session/session';
import { warmUp } from '../shared/session/warm-up';
import type { PayloadLog } from '../shared/telemetry/payload-log';
import { RequestLog } from '../shared/telemetry/request-log';

/** What a predict function keeps between requests. */
export interface Service extends AnsweringService {
  readonly env: PredictEnv;
  readonly models: ModelStore;
  /** Loads an asset's model as it is, where one optimised for this CPU serves. */
  readonly loadPortable: (manifest: ModelManifest) => Promise<LoadedModel>;
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
  const { environment, provisioned } = env;
  const log = new RequestLog({ service: env.service, environment, provisioned, write });
  const modelDir = resolve(handlerDir, env.modelDir);
  const location = { modelDir, bucket: env.modelBucket, key: env.modelKey, pointerKey: env.modelPointerKey };
  const readObject = s3Reader(env.clientOptions);
  // An environment that starts on demand mostly has a request waiting, which would only wait for one run more.
  const prepare = provisioned
    ? (opened: Session, manifest: ModelManifest) => tryWarmUp(opened, manifest, log)
    : undefined;
  const settings = { location, memoryMb: env.memoryMb, readObject, createSession, prepare };
  const models = new ModelStore({
    readManifest: async () => readManifest(modelDir),
    load: logged(log, async (manifest, current) => {
      // Whoever is ready has its hooks: without them requests would only fail later.
      const hooks = current ? current.hooks : await loadHooks(manifest, modelDir);
      const model = await loadModel(manifest, settings, current);
      return model && { ...model, hooks };
    }),
    checkMs: env.modelCheckMs,
    maxWaitMs: env.deadlineMs / 2,
    // The function's timeout: it is its deadline and one second to answer in.
    retireMs: env.deadlineMs + 1000,
  });
  const payloadLog = env.payloadLog && openPayloadLog(env.payloadLog, log);
  const identity = () => models.identity;
  const known = () => models.known;
  const objects = objectsOf(env);
  return {
    ...{ env, log, objects, payloadLog, modelDir, models, identity, known },
    loadPortable: (manifest) => loadPortable(manifest, settings),
  };
}

/** A model may well refuse zeros, so a failure is no reason not to serve it. */
async function tryWarmUp(session: Session, manifest: ModelManifest, log: RequestLog): Promise<void> {
  await warmUp(session, manifest).catch((error) => log.event('warm_up_failed', { reason: reasonOf(error) }));
}

/** Evaluated only where payloads are logged. */
async function openPayloadLog(settings: PayloadLogSettings, log: RequestLog): Promise<PayloadLog> {
  const { PayloadLog } = await import('../shared/telemetry/payload-log');
  return new PayloadLog(settings, log);
}

function logged(log: RequestLog, load: LoadModel): LoadModel {
  return async (manifest, current) => {
    const started = performance.now();
    try {
      const model = await load(manifest, current);
      if (model?.refused) {
        const { cpu, cause } = model.refused;
        log.event('optimized_failed', { model: manifest.name, cpu, reason: reasonOf(cause) });
      }
      if (model) {
        const loadMs = performance.now() - started;
        log.event('model_loaded', { model: manifest.name, ...versionOf(model), loadMs, optimized: model.optimized });
      }
      return model;
    } catch (error) {
      const details = { model: manifest.name, reason: reasonOf(error) };
      if (current)
        log.event('model_switch_failed', { ...details, serving: versionOf(current) }, [
          [EVENT_METRICS.modelSwitchFailures, 1],
        ]);
      else log.event('model_load_failed', details);
      throw error;
    }
  };
}

function versionOf({ identity: { version, revision } }: LoadedModel) {
  return { version, revision };
}
