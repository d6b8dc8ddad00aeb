import { GRAPH_ERROR, type GraphFailure, type GraphInput, type GraphOutput } from '../shared/contract';
import { ServingError } from '../shared/errors';
import type { GraphEnv } from './graph-env';

/** How an execution of the state machine ended. */
export type Ended = { readonly output: GraphOutput } | { readonly failure: GraphFailure };

/** Runs the state machine and waits for its end, no longer than until the deadline. */
export type Execute = (name: string, input: GraphInput, deadlineMs: number) => Promise<Ended>;

/** With an Express state machine. The client is loaded with the first request. */
export function syncExecution({ clientOptions, stateMachine }: GraphEnv): Execute {
  const connect = async () => {
    const { SFNClient, StartSyncExecutionCommand } = await import('./sfn-client');
    // An execution that was begun twice would ask every model twice.
    const settings = { maxAttempts: 1, requestHandler: { connectionTimeout: 1000 } };
    return { client: new SFNClient({ ...settings, ...clientOptions }), StartSyncExecutionCommand };
  };
  let connection: ReturnType<typeof connect> | undefined;
  return async (name, input, deadlineMs) => {
    connection ??= connect();
    const { client, StartSyncExecutionCommand } = await connection;
    const abortSignal = AbortSignal.timeout(Math.max(1, deadlineMs - Date.now()));
    const command = new StartSyncExecutionCommand({
      stateMachineArn: stateMachine,
      name,
      input: JSON.stringify(input),
    });
    const { cause, error, output, status } = await client.send(command, { abortSignal }).catch((reason: Error) => {
      throw abortSignal.aborted ? late() : unavailable(reason);
    });
    if (status === 'SUCCEEDED' && output) return { output: JSON.parse(output) };
    if (status === 'TIMED_OUT') throw late();
    if (error === GRAPH_ERROR && cause) return { failure: JSON.parse(cause) };
    throw unavailable(new Error(`${error}: ${cause}`));
  };
}

function late(): ServingError {
  return new ServingError('DEADLINE_EXCEEDED', 'The steps of the graph did not end in time.');
}

function unavailable(cause: Error): ServingError {
  return new ServingError('UNAVAILABLE', 'The steps of the graph could not be run.', { retryAfterMs: 1000, cause });
}
