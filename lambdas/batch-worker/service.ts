import { createService, type Service, type Wiring } from '../predict/service';
import { type BatchEnv, readBatchEnv } from '../shared/batch/batch-env';
import { Objects } from '../shared/batch/objects';
import { RunRows } from '../shared/batch/run-rows';
import { RunTable } from '../shared/batch/run-table';
import type { ModelStore } from '../shared/session/model-store';
import type { RequestLog } from '../shared/telemetry/request-log';

/** What a worker keeps between mini-jobs. */
export interface BatchWorker {
  readonly env: BatchEnv;
  readonly service: Service;
  readonly models: ModelStore;
  /** Name of the model, for logs and metrics. */
  readonly model: string;
  readonly table: RunTable;
  readonly input: Objects;
  readonly output: Objects;
  readonly log: RequestLog;
}

export function createBatchWorker(wiring: Wiring): BatchWorker {
  const env = readBatchEnv(wiring.env);
  const service = createService(wiring);
  const { log, models } = service;
  return {
    env,
    service,
    models,
    get model() {
      return models.known.name ?? 'unknown';
    },
    table: new RunTable(new RunRows(env.table, env.clientOptions)),
    input: new Objects(env.inputBucket, env.clientOptions),
    output: new Objects(env.outputBucket, env.clientOptions),
    log: log as RequestLog,
  };
}
