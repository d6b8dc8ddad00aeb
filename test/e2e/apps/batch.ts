import { CfnOutput, Duration } from 'aws-cdk-lib';
import { Batch, BatchOverlap, type BatchProps, BatchRetry, BatchSchedule, Hook, Model } from '../../../lib';
import { app, fixture, model, newStack } from './test-app';

const stack = newStack('BatchServices');
const iris = Model.fromAsset(model('iris'));
const poison = Model.fromAsset(fixture('poison'));

/** What a test needs to start runs and to look behind them. */
function add(name: string, props: BatchProps): void {
  const batch = new Batch(stack, name, { dashboard: false, ...props });
  const { assembler, inputBucket, outputBucket, planner, runs, schedule, stateMachine, table, worker } = batch;
  const outputs = {
    StateMachine: stateMachine.stateMachineArn,
    Table: table.tableName,
    InputBucket: inputBucket.bucketName,
    OutputBucket: outputBucket.bucketName,
    WorkerFunction: worker.function.functionName,
    WorkerRole: worker.role.roleName,
    WorkerLogGroup: worker.logGroup.logGroupName,
    PlannerRole: planner.role.roleName,
    AssemblerRole: assembler.role.roleName,
    AssemblerLogGroup: assembler.logGroup.logGroupName,
    RunsFunction: runs.function.functionName,
    RunsRole: runs.role.roleName,
    RunsLogGroup: runs.logGroup.logGroupName,
    Schedule: schedule?.scheduleName,
  };
  for (const [key, value] of Object.entries(outputs)) {
    if (value !== undefined) new CfnOutput(stack, `${name}${key}`, { value });
  }
}

const chunks = { idColumn: 'id', maxConcurrency: 2, chunkTimeout: Duration.minutes(2) };

// Rows by their id, with a column of theirs beside each result.
add('Iris', {
  model: iris,
  ...chunks,
  chunkRows: Number(process.env.CHUNK_ROWS ?? 2000),
  join: true,
  joinColumns: ['species'],
});
// Rows by their number; a run waits for the one before.
add('Nightly', {
  model: iris,
  maxConcurrency: 2,
  input: 'days/{date}/',
  schedule: BatchSchedule.rate(Duration.minutes(1)),
  overlap: BatchOverlap.QUEUE,
  outputs: ['label'],
});
add('RetryAll', { model: iris, ...chunks, chunkRows: 50, retry: BatchRetry.ALL, toleratedFailurePercentage: 60 });
add('RetryNone', { model: iris, ...chunks, chunkRows: 50, retry: BatchRetry.NONE, toleratedFailurePercentage: 60 });
// Rows that take their time, and rows that fail the run of the model.
add('Poison', {
  model: poison,
  ...chunks,
  chunkRows: 10,
  rowsPerRun: 4,
  deadline: Duration.minutes(1),
  toleratedFailurePercentage: 60,
});

// Lines that only hooks can read, and answers that only hooks make.
const hook = (name: string) => Hook.fromAsset(fixture(`../hooks/${name}.mjs`));
add('Hooked', {
  model: iris,
  ...chunks,
  idColumn: 'name',
  preprocess: hook('lengths'),
  postprocess: hook('species'),
  toleratedFailurePercentage: 60,
});

app.synth();
