import type { BatchTask } from '../shared/batch/batch-service';
import { BATCH_METRICS } from '../shared/contract';
import type { Measured } from '../shared/telemetry/request-log';
import { settleHolder } from './settle';

/** What a look at the runs has found. */
export interface Watched {
  readonly run?: string;
  readonly overdue: boolean;
  /** Time since a run completed, against the longest that it may be. */
  readonly heartbeat?: number;
}

/** Looks whether a run is late, whether one is missing, and whether the one that goes still does. */
export async function watch(service: BatchTask): Promise<Watched> {
  const { env, log, manifest, table, turns } = service;
  const { completedAt, holder } = await turns.read();
  if (holder !== undefined) await settleHolder(holder, service);
  const run = holder === undefined ? undefined : await table.run(holder);
  const overdue = run?.endedAt === undefined && (run?.deadlineAt ?? Number.POSITIVE_INFINITY) < Date.now();
  const { heartbeatMs } = env.settings;
  const heartbeat = heartbeatMs === undefined ? undefined : (Date.now() - completedAt) / heartbeatMs;
  const metrics: Measured[] = [
    [BATCH_METRICS.overdue, overdue ? 1 : 0],
    ...(heartbeat === undefined ? [] : [[BATCH_METRICS.heartbeat, heartbeat] as const]),
  ];
  // The line is there also when nothing is wrong: an alarm sees that somebody looks.
  log.event('runs_watched', { model: manifest.name, run: run?.run, state: run?.state, overdue, heartbeat }, metrics);
  return { run: run?.run, overdue, heartbeat };
}
