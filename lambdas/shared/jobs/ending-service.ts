import { RequestLog } from '../telemetry/request-log';
import { Endings } from './endings';
import type { EndingEnv } from './job-env';
import { JobQueue } from './job-queue';
import { JobTable } from './job-table';
import { Rows } from './rows';
import { createSinks } from './sinks';

/** What a function keeps that ends jobs and runs none. */
export interface EndingService<Env extends EndingEnv = EndingEnv> {
  readonly env: Env;
  readonly table: JobTable;
  readonly queue: JobQueue;
  readonly endings: Endings;
  readonly log: RequestLog;
}

export function createEndingService<Env extends EndingEnv>(
  env: Env,
  write: (line: string) => void,
): EndingService<Env> {
  const log = new RequestLog({ service: env.service, environment: env.environment, write });
  const settings = { retentionMs: env.retentionMs, hasSinks: env.sinks.length > 0 };
  const table = new JobTable(new Rows(env.table, env.clientOptions), settings);
  const queue = new JobQueue(env.clientOptions);
  return { env, table, queue, log, endings: new Endings({ env, table, queue, log, sinks: createSinks(env) }) };
}
