import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import {
  Choice,
  Condition,
  DefinitionBody,
  DistributedMap,
  Fail,
  JitterType,
  JsonPath,
  LogLevel,
  StateMachine,
  StateMachineType,
  Succeed,
  TaskInput,
  Timeout,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeWildcard } from '../acknowledgements';
import type { PlacementOptions } from '../functions/placement-options';
import { written } from '../jobs/grant-objects';
import { BatchRetry } from './batch-enums';
import type { BatchPlan } from './batch-plan';
import { ManifestReader } from './manifest-reader';

/** What the state machine of a batch works with. */
export interface BatchMachineSpec extends PlacementOptions {
  readonly runs: IFunction;
  readonly plan: IFunction;
  readonly work: IFunction;
  readonly assemble: IFunction;
  readonly outputBucket: IBucket;
  readonly batch: BatchPlan;
  readonly retry: BatchRetry;
}

/** Name of the Distributed Map in ARNs of its executions. */
const MAP_LABEL = 'MiniJobs';

/**
 * An execution is one begin of a run: it gets its turn, the input is cut, all mini-jobs are worked on, and their results are
 * put together. What goes wrong on the way leads to the last step, which knows how much of the run there is.
 */
export function addBatchMachine(scope: Construct, spec: BatchMachineSpec): StateMachine {
  const { batch, outputBucket } = spec;
  const logGroup = new LogGroup(scope, 'MachineLogs', {
    retention: spec.logRetention ?? RetentionDays.ONE_MONTH,
    encryptionKey: spec.encryptionKey,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  const role = new Role(scope, 'MachineRole', {
    assumedBy: new ServicePrincipal('states.amazonaws.com'),
    description: 'Works on the runs of a batch',
  });
  const machine = new StateMachine(scope, 'StateMachine', {
    stateMachineType: StateMachineType.STANDARD,
    definitionBody: DefinitionBody.fromChainable(definition(new Construct(scope, 'Steps'), spec)),
    // The brake: what is twice as late as it may be will not end by itself.
    timeout: Duration.seconds(2 * batch.deadline.toSeconds()),
    logs: { destination: logGroup, level: LogLevel.ALL, includeExecutionData: false },
    // Its policies are below: the CDK's own allow each version of each function, and the whole bucket.
    role: role.withoutPolicyUpdates(),
  });
  allowWork(role, spec);
  allowExecutions(scope, machine, role);
  acknowledge(role, 'batchMachine');
  acknowledge(machine, 'batchMachine');
  acknowledgeWildcard(
    role,
    'keys',
    written(Stack.of(scope).resolve(outputBucket.arnForObjects(`${batch.settings.outputPrefix}*`))),
  );
  machine.node.addDependency(role);
  // The CDK's own, which this role does not take.
  machine.node.tryRemoveChild('DistributedMapPolicy');
  return machine;
}

function definition(scope: Construct, spec: BatchMachineSpec) {
  const { assemble, plan, runs } = spec;
  const failed = new Fail(scope, 'Failed', { error: 'RunFailed', cause: 'The run has failed; its row says why.' });
  const ended = new Succeed(scope, 'Ended');
  const begin = new LambdaInvoke(scope, 'Begin', {
    lambdaFunction: runs,
    payload: TaskInput.fromObject({
      begin: JsonPath.objectAt('$'),
      execution: JsonPath.stringAt('$$.Execution.Id'),
      executionName: JsonPath.stringAt('$$.Execution.Name'),
      startTime: JsonPath.stringAt('$$.Execution.StartTime'),
      stateMachine: JsonPath.stringAt('$$.StateMachine.Id'),
    }),
    ...task(Duration.seconds(60)),
    // Where a step behind fails, this is replaced by what it says.
    resultSelector: {
      run: JsonPath.stringAt('$.run'),
      attempt: JsonPath.numberAt('$.attempt'),
      state: JsonPath.stringAt('$.state'),
      proceed: JsonPath.objectAt('$.proceed'),
      failure: {},
    },
  });
  const cut = new LambdaInvoke(scope, 'Plan', {
    lambdaFunction: plan,
    payload: TaskInput.fromObject({ run: JsonPath.stringAt('$.run'), attempt: JsonPath.numberAt('$.attempt') }),
    ...task(Duration.minutes(15)),
    resultPath: '$.plan',
  });
  const put = new LambdaInvoke(scope, 'Assemble', {
    lambdaFunction: assemble,
    payload: TaskInput.fromObject({
      run: JsonPath.stringAt('$.run'),
      attempt: JsonPath.numberAt('$.attempt'),
      failure: JsonPath.objectAt('$.failure'),
      stateMachine: JsonPath.stringAt('$$.StateMachine.Id'),
    }),
    ...task(Duration.minutes(15)),
  });
  const map = miniJobs(scope, spec);
  for (const each of [begin, cut, put])
    each.addRetry({ interval: Duration.seconds(2), maxAttempts: 2, backoffRate: 2 });
  cut.addCatch(put, { resultPath: '$.failure' });
  map.addCatch(put, { resultPath: '$.failure' });
  const assembled = new Choice(scope, 'HasFailed')
    .when(Condition.stringEquals('$.state', 'FAILED'), failed)
    .otherwise(ended);
  put.next(assembled);
  cut.next(
    new Choice(scope, 'HasMiniJobs')
      .when(Condition.numberGreaterThan('$.plan.chunks', 0), map.next(put))
      .otherwise(put),
  );
  return begin.next(
    new Choice(scope, 'HasTurn')
      .when(Condition.booleanEquals('$.proceed', true), cut)
      .when(Condition.stringEquals('$.state', 'FAILED'), failed)
      .otherwise(ended),
  );
}

/** The answer of a function as it is. */
function task(timeout: Duration) {
  return { payloadResponseOnly: true, retryOnServiceExceptions: false, taskTimeout: Timeout.duration(timeout) };
}

function miniJobs(scope: Construct, { batch, outputBucket, retry, work }: BatchMachineSpec): DistributedMap {
  const { maxAttempts, maxConcurrency, settings } = batch;
  const map = new DistributedMap(scope, 'MiniJobs', {
    label: MAP_LABEL,
    mapExecutionType: StateMachineType.STANDARD,
    maxConcurrency,
    itemReader: new ManifestReader(outputBucket, settings.outputPrefix),
    itemSelector: {
      run: JsonPath.stringAt('$.run'),
      attempt: JsonPath.numberAt('$.attempt'),
      round: JsonPath.numberAt('$$.State.RetryCount'),
      chunk: JsonPath.objectAt('$$.Map.Item.Value'),
    },
    // Where all is tried again, one failure is reason enough; how many are tolerated is for the last step to say.
    toleratedFailurePercentage: retry === BatchRetry.ALL ? 0 : settings.toleratedFailurePercentage,
    resultPath: JsonPath.DISCARD,
  });
  const worker = new LambdaInvoke(scope, 'Work', {
    lambdaFunction: work,
    ...task(Duration.seconds(batch.chunkTimeout.toSeconds() + 5)),
    // The output of the map is a list of these, and has 256 KiB.
    resultSelector: {},
  });
  worker.addRetry({
    errors: ['Lambda.TooManyRequestsException', 'Lambda.ServiceException'],
    interval: Duration.seconds(2),
    maxAttempts: 8,
    backoffRate: 2,
    maxDelay: Duration.seconds(60),
    jitterStrategy: JitterType.FULL,
  });
  // The input was written over: it will not be what it was.
  worker.addRetry({ errors: ['CONFLICT'], maxAttempts: 0 });
  const again = { interval: Duration.seconds(2), maxAttempts: maxAttempts - 1, backoffRate: 2 };
  if (retry === BatchRetry.FAILED && maxAttempts > 1) worker.addRetry({ ...again, jitterStrategy: JitterType.FULL });
  if (retry === BatchRetry.ALL && maxAttempts > 1) map.addRetry(again);
  map.itemProcessor(worker);
  return map;
}

function allowWork(role: Role, { assemble, batch, outputBucket, plan, runs, work }: BatchMachineSpec): void {
  const functions = [runs, plan, work, assemble].map(({ functionArn }) => functionArn);
  role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: functions }));
  for (const statement of new ManifestReader(outputBucket, batch.settings.outputPrefix).providePolicyStatements()) {
    role.addToPolicy(statement);
  }
  outputBucket.encryptionKey?.grant(role, 'kms:Decrypt');
  role.addToPolicy(
    new PolicyStatement({
      actions: [
        ...['CreateLogDelivery', 'GetLogDelivery', 'UpdateLogDelivery', 'DeleteLogDelivery', 'ListLogDeliveries'],
        ...['PutResourcePolicy', 'DescribeResourcePolicies', 'DescribeLogGroups'],
      ].map((action) => `logs:${action}`),
      resources: ['*'],
    }),
  );
}

/** A Distributed Map runs its mini-jobs as executions of its own state machine. */
function allowExecutions(scope: Construct, machine: StateMachine, role: Role): void {
  const ofMap = Stack.of(scope).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${machine.stateMachineName}/${MAP_LABEL}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const policy = new Policy(scope, 'MapPolicy', {
    roles: [role],
    statements: [
      new PolicyStatement({ actions: ['states:StartExecution'], resources: [machine.stateMachineArn] }),
      new PolicyStatement({ actions: ['states:DescribeExecution', 'states:StopExecution'], resources: [ofMap] }),
    ],
  });
  acknowledgeWildcard(policy, 'executions', written(Stack.of(scope).resolve(ofMap)));
}
