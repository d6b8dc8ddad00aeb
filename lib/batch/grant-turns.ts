import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { acknowledgeWildcard } from '../acknowledgements';
import { written } from '../jobs/grant-objects';
import type { BatchFunction } from './batch-function';

/**
 * Who ends a run starts the one that waits for its turn, and who keeps the books sees whether an execution still goes. The
 * policies stand apart from the roles: a function waits for those of its role, and the state machine for the function.
 */
export function grantTurns(
  scope: Construct,
  machine: StateMachine,
  { assembler, runs }: { readonly assembler: BatchFunction; readonly runs: BatchFunction },
): void {
  const executions = Stack.of(scope).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${machine.stateMachineName}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  new Policy(scope, 'StartPolicy', {
    roles: [assembler.role, runs.role],
    statements: [new PolicyStatement({ actions: ['states:StartExecution'], resources: [machine.stateMachineArn] })],
  });
  const look = new Policy(scope, 'LookPolicy', {
    roles: [runs.role],
    statements: [new PolicyStatement({ actions: ['states:DescribeExecution'], resources: [executions] })],
  });
  acknowledgeWildcard(look, 'executions', written(Stack.of(scope).resolve(executions)));
}
