import { RequestLog } from '../telemetry/request-log';
import { Endings } from './endings';
import type { EndingEnv } from './job-env';
import { JobQueue } from './job-queue';
import { JobTable, type WorkTable } from './job-table';
import { MemberTable } from './member-table';
import { Rows } from './rows';
import { createSinks, type Tell } from './sinks';

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
  const table = jobTableOf(env);
  const queue = new JobQueue(env.clientOptions);
  return { env, table, queue, log, endings: new Endings({ env, table, queue, log, tell: createSinks(env) }) };
}

/** What a function keeps of the jobs that it runs or gives up: they may be its own part of jobs of several models. */
export interface Bookkeeping {
  /** Name of the model whose part it is. */
  readonly stage?: string;
  readonly table: WorkTable;
  readonly queue: JobQueue;
  readonly endings: Endings;
  readonly log: RequestLog;
}

export function createBookkeeping(env: EndingEnv, write: (line: string) => void): Bookkeeping {
  if (!env.member) return createEndingService(env, write);
  const log = new RequestLog({ service: env.service, environment: env.environment, write });
  const table = new MemberTable(new Rows(env.table, env.clientOptions), env.member);
  const queue = new JobQueue(env.clientOptions);
  const endings = new Endings({ env, table, queue, log, tell: tellGatherer(queue, env) });
  return { stage: env.member.name, table, queue, log, endings };
}

/** What all models have settled is for who gathers. */
function tellGatherer(queue: JobQueue, { gatherQueueUrl = '' }: EndingEnv): Tell {
  return (job) => queue.send(gatherQueueUrl, job);
}

function jobTableOf({ clientOptions, retentionMs, sinks, table }: EndingEnv): JobTable {
  return new JobTable(new Rows(table, clientOptions), { retentionMs, hasSinks: sinks.length > 0 });
}
