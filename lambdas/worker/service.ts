import { resolve } from 'node:path';
import { createService, type Service, type Wiring } from '../predict/service';
import { ENV, WHOLE_DIR } from '../shared/contract';
import { createBookkeeping } from '../shared/jobs/ending-service';
import type { Endings } from '../shared/jobs/endings';
import { readWorkerEnv, type WorkerEnv } from '../shared/jobs/job-env';
import type { JobQueue } from '../shared/jobs/job-queue';
import type { WorkTable } from '../shared/jobs/job-table';
import { PayloadStore } from '../shared/jobs/payload-store';
import { lambdaCaller } from '../shared/predictor/call';
import { readManifest } from '../shared/session/manifest';
import type { RequestLog } from '../shared/telemetry/request-log';
import { callPredictor } from './call-predictor';
import { memberCodec } from './member-codec';
import { ownModel, type PredictJobs } from './own-model';

/** What a worker keeps between batches. */
export interface Worker {
  readonly env: WorkerEnv;
  readonly table: WorkTable;
  readonly queue: JobQueue;
  readonly payloads: PayloadStore;
  readonly endings: Endings;
  readonly log: RequestLog;
  /** Name of the model, for logs and metrics. */
  readonly model: string;
  /** Loads what must be there before a job is touched. */
  readonly prepare: () => Promise<unknown>;
  /** Most jobs that are taken and answered together. */
  readonly atOnce: number;
  /** Answers for a list of jobs, in its order. */
  readonly predictJobs: PredictJobs;
  /** The model's own service, where the model is in this function. */
  readonly service?: Service;
}

/** Of a worker that calls another predictor: each call is an environment of that one. */
const CALLS_AT_ONCE = 10;
/** Of a worker with a model that stacks: jobs are taken together for so many runs. */
const RUNS_AT_ONCE = 10;

export function createWorker(wiring: Wiring): Worker {
  const env = readWorkerEnv(wiring.env);
  const payloads = new PayloadStore(env.payloadBucket, env.clientOptions);
  const common = { env, payloads, ...createBookkeeping(env, wiring.write) };
  const codec = env.member && memberCodec(readManifest(resolve(wiring.handlerDir, WHOLE_DIR)), env.member);
  const manifest = readManifest(resolve(wiring.handlerDir, `${wiring.env[ENV.modelDir]}`));
  if (env.predictor) {
    const call = lambdaCaller(env.predictor, env.clientOptions);
    const predictJobs = callPredictor(call, manifest, codec);
    return { ...common, model: manifest.name, prepare: async () => undefined, atOnce: CALLS_AT_ONCE, predictJobs };
  }
  const service = createService(wiring);
  const { maxStackedRows } = env;
  // A model that is worth stacking is fast, so several runs have their time; of any other one run may take it all.
  // With one try alone nobody could say afterwards which job of a crashed round it was.
  const atOnce = maxStackedRows > 1 && env.maxAttempts > 1 ? RUNS_AT_ONCE * maxStackedRows : 1;
  const predictJobs = ownModel(service.models, maxStackedRows, codec);
  return { ...common, model: manifest.name, prepare: () => service.models.load(), atOnce, predictJobs, service };
}
