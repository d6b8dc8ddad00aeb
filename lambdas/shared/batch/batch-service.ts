import { resolve } from 'node:path';
import type { ModelManifest } from '../contract';
import type { Environment } from '../env';
import { readManifest } from '../session/manifest';
import { RequestLog } from '../telemetry/request-log';
import { type BatchEnv, readBatchEnv } from './batch-env';
import { Executions } from './executions';
import { Objects } from './objects';
import { RunRows } from './run-rows';
import { RunTable } from './run-table';
import { Turns } from './turns';

/** What a function of a batch keeps that runs no model. */
export interface BatchService {
  readonly env: BatchEnv;
  /** The model that the workers have. */
  readonly manifest: ModelManifest;
  readonly table: RunTable;
  readonly turns: Turns;
  readonly input: Objects;
  readonly output: Objects;
  readonly log: RequestLog;
}

/** The same for an event, which says whose executions it is about: functions cannot know before their state machine is there. */
export interface BatchTask extends BatchService {
  readonly executions: Executions;
}

export function taskOf(service: BatchService, stateMachine: string): BatchTask {
  return { ...service, executions: new Executions(stateMachine, service.env.clientOptions) };
}

export interface BatchWiring {
  readonly env: Environment;
  readonly handlerDir: string;
  readonly write: (line: string) => void;
}

export function createBatchService({ env: variables, handlerDir, write }: BatchWiring): BatchService {
  const env = readBatchEnv(variables);
  const rows = new RunRows(env.table, env.clientOptions);
  return {
    env,
    manifest: readManifest(resolve(handlerDir, env.modelDir)),
    table: new RunTable(rows),
    turns: new Turns(rows),
    input: new Objects(env.inputBucket, env.clientOptions),
    output: new Objects(env.outputBucket, env.clientOptions),
    log: new RequestLog({ service: env.service, environment: env.environment, write }),
  };
}
