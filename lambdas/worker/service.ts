import { resolve } from 'node:path';
import { createService, type Service, type Wiring } from '../predict/service';
import { ENV } from '../shared/contract';
import { Endings } from '../shared/jobs/endings';
import { readWorkerEnv, type WorkerEnv } from '../shared/jobs/job-env';
import { JobQueue } from '../shared/jobs/job-queue';
import { JobTable } from '../shared/jobs/job-table';
import { PayloadStore } from '../shared/jobs/payload-store';
import { Rows } from '../shared/jobs/rows';
import { createSinks } from '../shared/jobs/sinks';
import { lambdaCaller } from '../shared/predictor/call';
import { readManifest } from '../shared/session/manifest';
import { RequestLog } from '../shared/telemetry/request-log';
import { callPredictor } from './call-predictor';
import { ownModel, type PredictJobs } from './own-model';

/** What a worker keeps between batches. */
export interface Worker {
  readonly env: WorkerEnv;
  readonly table: JobTable;
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
  const log = new RequestLog({ service: env.service, environment: env.environment, write: wiring.write });
  const table = new JobTable(new Rows(env.table, env.clientOptions), {
    retentionMs: env.retentionMs,
    hasSinks: env.sinks.length > 0,
  });
  const queue = new JobQueue(env.clientOptions);
  const payloads = new PayloadStore(env.payloadBucket, env.clientOptions);
  const endings = new Endings({ env, table, queue, log, sinks: createSinks(env) });
  const common = { env, table, queue, payloads, endings, log };
  const manifest = readManifest(resolve(wiring.handlerDir, `${wiring.env[ENV.modelDir]}`));
  if (env.predictor) {
    const call = lambdaCaller(env.predictor, env.clientOptions);
    const predictJobs = callPredictor(call, manifest);
    return { ...common, model: manifest.name, prepare: async () => undefined, atOnce: CALLS_AT_ONCE, predictJobs };
  }
  const service = createService(wiring);
  const { maxStackedRows } = env;
  // A model that is worth stacking is fast, so several runs have their time; of any other one run may take it all.
  // With one try alone nobody could say afterwards which job of a crashed round it was.
  const atOnce = maxStackedRows > 1 && env.maxAttempts > 1 ? RUNS_AT_ONCE * maxStackedRows : 1;
  const predictJobs = ownModel(service.models, maxStackedRows);
  return { ...common, model: manifest.name, prepare: () => service.models.load(), atOnce, predictJobs, service };
}
