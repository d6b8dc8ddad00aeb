import { type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledgements';
import type { PlacementOptions } from '../functions/placement-options';
import type { CompiledGraph } from './compile/compile-graph';

/** The state machine that asks the steps of a graph, with a log that has no payload, all directly in `scope`. */
export function addGraphMachine(
  scope: Construct,
  { machine, predictors }: CompiledGraph,
  deadline: Duration,
  options: PlacementOptions,
): { readonly stateMachine: StateMachine; readonly machineLogGroup: LogGroup } {
  const machineLogGroup = new LogGroup(scope, 'MachineLogs', {
    retention: options.logRetention ?? RetentionDays.ONE_MONTH,
    encryptionKey: options.encryptionKey,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  const definition = { QueryLanguage: 'JSONata', TimeoutSeconds: Math.ceil(deadline.toSeconds()), ...machine };
  const stateMachine = new StateMachine(scope, 'Machine', {
    stateMachineType: StateMachineType.EXPRESS,
    definitionBody: DefinitionBody.fromString(Stack.of(scope).toJsonString(definition)),
    logs: { destination: machineLogGroup, level: LogLevel.ERROR, includeExecutionData: false },
    removalPolicy: RemovalPolicy.DESTROY,
  });
  for (const predictor of predictors) predictor.grantPredict(stateMachine);
  acknowledge(stateMachine, 'graphMachine');
  return { stateMachine, machineLogGroup };
}
