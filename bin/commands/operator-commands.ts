import { Argument, Option } from 'commander';
import { wholeNumber } from './argument-values';
import { batch } from './batch';
import { BREAKER_ACTIONS, type BreakerAction, breaker } from './breaker';
import type { Commands } from './commands';
import { invalidate } from './invalidate';
import { redrive } from './redrive';

/** Commands for who looks after services that run, here or on AWS. */
export function addOperatorCommands({ add }: Commands): void {
  add(
    'redrive',
    'give the jobs in the dead-letter queue of a service another chance; their ids are the output',
    redrive,
  )
    .argument('<service>', 'a service of the configuration whose predictions are jobs')
    .option('--limit <number>', 'most jobs that are moved (default: all)', wholeNumber)
    .option('--dry-run', 'say which, and move none')
    .addHelpText(
      'after',
      `
With an environment that is not local the stack is on AWS; credentials and region are those of the AWS command line.
They need cloudformation:DescribeStacks; of the dead-letter queue sqs:ReceiveMessage, DeleteMessage and
ChangeMessageVisibility; of the queue sqs:SendMessage.`,
    );
  add(
    'breaker',
    'the state of the breaker of a service, or a decision over its head',
    (context, service, action, options) => breaker(context, service, action as BreakerAction, options),
  )
    .argument('<service>', 'a service of the configuration with a circuit break')
    .addArgument(
      new Argument('[action]', 'open: ask no predictor; close: ask, whatever happens; auto: the breaker decides')
        .choices([...BREAKER_ACTIONS])
        .default('status'),
    )
    .addHelpText(
      'after',
      `
Functions see a decision within a second. With an environment that is not local the stack is on AWS; credentials and
region are those of the AWS command line. They need cloudformation:DescribeStacks; of the breaker's table
dynamodb:GetItem and UpdateItem.`,
    );
  add('invalidate', 'make the entries in the cache of a service invalid: those of its model, one, or all', invalidate)
    .argument('<service>', 'a service of the configuration with a cache')
    .addOption(new Option('--key <key>', 'one entry, by the key in the log line of a request').conflicts('all'))
    .option('--all', 'also those of other models and services in the same table')
    .addHelpText(
      'after',
      `
With an environment that is not local the stack is on AWS; credentials and region are those of the AWS command line.
They need cloudformation:DescribeStacks, and of the table dynamodb:PutItem and UpdateItem.`,
    );
  add('batch', 'start a run of a batch, or look after one; the name of the run is the output', batch)
    .argument('<service>', 'a service of the configuration whose pattern is batch')
    .argument(
      '[source]',
      's3://bucket/key or s3://bucket/prefix/ to read, or a file to upload (default: the input of the service)',
    )
    .option('--wait', 'until the run is over; the exit code says what came of it')
    .addOption(
      new Option(
        '--date <day>',
        'the day that the run is about, yyyy-mm-dd (default: the one of a trigger now)',
      ).conflicts(['from', 'to']),
    )
    .option('--from <day>', 'the first of several days')
    .option('--to <day>', 'the last of them')
    .option('--run <name>', 'name of the run (default: the time)')
    .addOption(new Option('--status [run]', 'how a run is, or the latest ones').conflicts(['resume', 'stop', 'run']))
    .addOption(new Option('--resume <run>', 'go on with a run that failed or was stopped').conflicts(['stop', 'run']))
    .addOption(new Option('--stop <run>', 'stop a run').conflicts(['run', 'wait']))
    .addHelpText(
      'after',
      `
A file of rows is CSV with a header (.csv), JSONL (.jsonl, .ndjson) or Parquet (.parquet); .gz behind it is a compression.
With --wait the last line of the output is the account of the run (manifest.json), which names its files of results and of
errors, and the exit code is 0 also where some rows have an error (PARTIAL). Stopped while it waits, the run goes on.

With an environment that is not local the stack is on AWS; credentials and region are those of the AWS command line.
They need cloudformation:DescribeStacks; of the state machine states:StartExecution and StopExecution; of the table of runs
dynamodb:GetItem and Query; to upload a file s3:PutObject in the input bucket.`,
    );
}
