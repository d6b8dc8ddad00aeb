import type { BatchTask } from '../shared/batch/batch-service';
import { endRun, passTurn, startWaiting } from '../shared/batch/end-run';
import { ENDED_STATES, type Run, type RunState } from '../shared/contract';

/** What EventBridge says of an execution that has ended. */
export interface ExecutionEvent {
  readonly detail: {
    readonly executionArn: string;
    readonly stateMachineArn: string;
    readonly status: string;
    readonly cause?: string;
  };
}

/** An execution has ended. Its run has too, whatever came of it; mostly the run was over before. */
export async function settleExecution({ detail }: ExecutionEvent, service: BatchTask): Promise<void> {
  const { holder } = await service.turns.read();
  const run = holder === undefined ? undefined : await service.table.run(holder);
  if (run && isOver(run)) await passTurn(run.run, service);
  else if (run?.execution === detail.executionArn) await endUnfinished(run, detail.status, service, detail.cause);
}

/** Looks after whoever has the turn: a run that is over, was never started, or whose execution has died. */
export async function settleHolder(holder: string, service: BatchTask): Promise<void> {
  const run = await service.table.run(holder);
  if (!run || isOver(run)) return passTurn(holder, service);
  if (run.execution === undefined || run.state === 'QUEUED') return startWaiting(holder, service);
  const status = await service.executions.statusOf(run.execution);
  if (status !== 'RUNNING') await endUnfinished(run, status ?? 'gone', service);
}

async function endUnfinished(run: Run, status: string, service: BatchTask, cause?: string): Promise<void> {
  const state = status === 'ABORTED' ? 'STOPPED' : 'FAILED';
  const message = state === 'STOPPED' ? 'somebody stopped the execution' : `the execution ended (${status})`;
  const reason = cause ? `${message}: ${cause.slice(0, 300)}` : message;
  await endRun(run, { state, error: run.error ?? { code: 'INTERNAL', message: reason } }, service);
}

function isOver({ state }: Run): boolean {
  return (ENDED_STATES as readonly RunState[]).includes(state);
}
