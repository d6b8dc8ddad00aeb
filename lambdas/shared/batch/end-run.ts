import { BATCH_METRICS, type ErrorBody, type Run, type RunState } from '../contract';
import type { Measured } from '../telemetry/request-log';
import type { BatchService, BatchTask } from './batch-service';

/** How a run ends. */
export interface RunEnd {
  readonly state: RunState;
  readonly error?: ErrorBody;
  readonly manifestKey?: string;
}

const COUNTED: Partial<Record<RunState, { readonly name: string; readonly unit: string }>> = {
  COMPLETED: BATCH_METRICS.completed,
  PARTIAL: BATCH_METRICS.partial,
  FAILED: BATCH_METRICS.failed,
  STOPPED: BATCH_METRICS.stopped,
  REFUSED: BATCH_METRICS.refused,
};

/** The run ends, whoever ends it: its row, a line in the log with its metrics, and the turn of the next one. */
export async function endRun(run: Run, end: RunEnd, service: BatchTask): Promise<Run | undefined> {
  const { attempt, run: name } = run;
  const endedAt = Date.now();
  const ended = await service.table.end(name, attempt, { ...end, endedAt });
  if (ended) announceEnd(ended, service);
  await passTurn(name, service, end.state === 'COMPLETED' || end.state === 'PARTIAL' ? endedAt : undefined);
  return ended;
}

/** One line for each end of a run. */
export function announceEnd(run: Run, { log }: Pick<BatchService, 'log'>): void {
  const { attempt, begunAt, chunksDone, chunksTotal, endedAt = 0, error, rowsDone, rowsFailed, startedAt, state } = run;
  const counted = COUNTED[state];
  const metrics: Measured[] = [
    ...(counted ? [[counted, 1] as const] : []),
    [BATCH_METRICS.duration, endedAt - (attempt > 1 ? (begunAt ?? startedAt) : startedAt)],
  ];
  const counts = { rowsDone, rowsFailed, chunksDone, chunksTotal };
  const why = error && { code: error.code, reason: error.message };
  const who = { model: run.model?.name ?? run.modelName, version: run.model?.version };
  log.event('run_ended', { ...who, run: run.run, attempt, state, ...counts, ...why }, metrics);
}

/** The run that waits longest begins. Who has the turn and was never started is started by the next look. */
export async function passTurn(run: string, service: BatchTask, completedAt?: number): Promise<void> {
  const next = await service.turns.release(run, completedAt);
  if (next !== undefined) await startWaiting(next, service);
}

export async function startWaiting(run: string, service: BatchTask): Promise<void> {
  const { attempt } = (await service.table.run(run)) ?? { attempt: 0 };
  await service.executions.start(`${run}.${attempt + 1}`, { run, resume: true });
}
