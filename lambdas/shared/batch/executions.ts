import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { RunRequest } from '../contract';

/** The executions that work on runs. */
export class Executions {
  readonly #client: SFNClient;

  constructor(
    private readonly stateMachine: string,
    clientOptions: Readonly<Record<string, unknown>>,
  ) {
    const requestHandler = { connectionTimeout: 1000, requestTimeout: 5000, throwOnRequestTimeout: true };
    this.#client = new SFNClient({ maxAttempts: 4, requestHandler, ...clientOptions });
  }

  /** Starts one; one of that name that is there already is as good. */
  async start(name: string, request: RunRequest): Promise<void> {
    const input = JSON.stringify(request);
    const command = new StartExecutionCommand({ stateMachineArn: this.stateMachine, name, input });
    await this.#client.send(command).catch((error: Error) => {
      if (error.name !== 'ExecutionAlreadyExists') throw error;
    });
  }

  /** Undefined: nobody knows it any more. */
  async statusOf(executionArn: string): Promise<string | undefined> {
    try {
      return (await this.#client.send(new DescribeExecutionCommand({ executionArn }))).status;
    } catch (error) {
      if ((error as Error).name === 'ExecutionDoesNotExist') return undefined;
      throw error;
    }
  }
}
