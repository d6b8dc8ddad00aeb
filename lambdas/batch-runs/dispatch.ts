import { type BatchService, taskOf } from '../shared/batch/batch-service';
import { type BeginEvent, beginRun } from './begin';
import { type ExecutionEvent, settleExecution } from './settle';
import { watch } from './watch';

/** Somebody looks. */
export interface WatchEvent {
  readonly stateMachine: string;
}

/** The books of runs are asked by an execution that begins, by the end of one, and by the clock. */
export async function dispatch(
  event: BeginEvent | ExecutionEvent | WatchEvent,
  service: BatchService,
): Promise<unknown> {
  if ('detail' in event) return settleExecution(event, taskOf(service, event.detail.stateMachineArn));
  const task = taskOf(service, event.stateMachine);
  return 'begin' in event ? beginRun(event, task) : watch(task);
}
