import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { LocalRunError, UsageError } from '../local/errors';
import type { InitOptions } from '../onnx/init-plan';
import { batch } from './batch';
import { BREAKER_ACTIONS, type BreakerAction, breaker } from './breaker';
import { type BuildOptions, build } from './build';
import type { CommandContext } from './context';
import { demo } from './demo';
import { down } from './down';
import { init } from './init';
import { invalidate } from './invalidate';
import { type MeasureOptions, measure } from './measure';
import { type PublishOptions, publish } from './publish';
import { redrive } from './redrive';
import { start } from './start';
import { status } from './status';
import { up } from './up';
import { validate } from './validate';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
export const EXIT_INTERRUPTED = 130;

// biome-ignore lint/suspicious/noExplicitAny: commander hands options over untyped; each command declares its own
type CommandFunction = (context: CommandContext, ...args: any[]) => Promise<number>;

function commandLine(context: CommandContext, exit: (code: number) => void): Command {
  const program = new Command('cdk-ml-serving')
    .description(
      'Runs the services of a serving.yaml on this machine, on an embedded emulator of AWS; makes and releases models.',
    )
    .exitOverride()
    .configureOutput({ writeOut: (text) => context.terminal.out(text), writeErr: (text) => context.terminal.err(text) })
    .addHelpText(
      'after',
      `
Examples:
  cdk-ml-serving start                          everything at once; Ctrl-C stops it
  cdk-ml-serving up --config team/serving.yaml  emulator and services in the background
  cdk-ml-serving demo                           one prediction per service, as a table
  cdk-ml-serving up --endpoint http://localhost:4566
                                                on an emulator that already runs
  cdk-ml-serving down --delete-data             stop, and forget what was stored
  cdk-ml-serving init path/to/model.onnx        a service of any ONNX file
  cdk-ml-serving measure iris                   how fast its model is
  cdk-ml-serving redrive asynchronous           failed jobs get another chance
  cdk-ml-serving breaker digits open            its predictor is not asked any more, until: breaker digits auto
  cdk-ml-serving invalidate prediction-cache    its cache answers with nothing that it holds now
  cdk-ml-serving batch batch rows.csv --wait    a file of rows in, a file of predictions out
  cdk-ml-serving publish models/iris s3://my-models/iris
                                                release it to functions that follow a pointer
  cdk-ml-serving build                          the hooks of the services, before cdk synth; start and up do it too

Each configuration file has its own emulator; its state, log and endpoints.json are in .local beside the file
(serving.yaml) or in .local/NAME (NAME.yaml). Installed parts are shared by setting CDK_ML_SERVING_TOOLS to a folder.

Exit codes: 0 done, 1 failed (a stack, a prediction, the emulator), 2 wrong arguments, 130 interrupted.`,
    );
  const add = (name: string, description: string, run: CommandFunction): Command => {
    const command = program
      .command(name)
      .description(description)
      .option('--config <file>', 'configuration (default: the nearest serving.yaml, from here upwards)')
      .option('--environment <name>', 'environment of the configuration', 'local')
      .addOption(
        new Option('--endpoint <url>', 'an emulator that already runs (or set AWS_ENDPOINT_URL)').argParser(url),
      )
      .action(async (...args) => exit(await run(context, ...args)));
    return command;
  };
  const port = () =>
    new Option(
      '--port <number>',
      'port of the embedded emulator (default: that of the last run, at first 4566)',
    ).argParser(portNumber);
  add('start', 'up, demo, and stay until Ctrl-C', start)
    .addOption(port().conflicts('endpoint'))
    .option('--once', 'stop after the demo; the exit code says whether it went well');
  add('up', 'start the emulator and deploy the configuration', up).addOption(port().conflicts('endpoint'));
  add('demo', 'one real prediction per service', demo);
  add('status', 'what runs and what is deployed', status);
  add('down', 'stop the emulator; what was deployed and stored is kept', down).option(
    '--delete-data',
    'delete what was deployed and stored',
  );
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
  add('validate', 'check the configuration without deploying it', validate);
  program
    .command('build')
    .description('bundle hooks (code before and behind a model), so that they can ship')
    .argument('[hooks...]', 'modules, .ts or .js (default: those that the configuration names)')
    .option('--config <file>', 'configuration (default: the nearest serving.yaml, from here upwards)')
    .action(async (hooks: string[], options: BuildOptions) => exit(await build(context, hooks, options)));
  program
    .command('init')
    .description('make a service of an ONNX file: model folder with card and golden cases, entry in serving.yaml')
    .argument('<model.onnx>', 'the file; it is copied')
    .option('--name <name>', "name of model and service (default: the file's)")
    .option('--version <version>', 'version of the model (default: the one in the file, or 1.0.0)')
    .option('--out <folder>', 'folder of the model (default: models/NAME beside the configuration)')
    .addOption(
      new Option('--pattern <pattern>', 'how it is served (default: web-single)').choices([
        'web-single',
        'synchronous',
      ]),
    )
    .option('--config <file>', 'configuration (default: the nearest serving.yaml, or a new one here)')
    .option('--owner <owner>', 'who answers for the model (default: user.email of git)')
    .option('--input <file>', 'JSON of a request, or of a list of them, to record answers to (default: made-up inputs)')
    .option('--bucket <name>', 'bucket that functions load the model from, for one too large to ship with them')
    .option('--key <key>', 'key in the bucket')
    .option('--force', 'write over model and golden cases; the runbook stays, and the card of the same model')
    .action(async (model: string, options: InitOptions) => exit(await init(context, model, options)));
  program
    .command('measure')
    .description('time a model on this machine; writes measurements.json beside it')
    .argument('<model>', 'folder of the model, or a service of the configuration')
    .option('--config <file>', 'configuration (default: the nearest serving.yaml, from here upwards)')
    .action(async (model: string, options: MeasureOptions) => exit(await measure(context, model, options)));
  program
    .command('publish')
    .description(
      'release a model to the functions that follow a pointer (ModelSource.fromPointer): test it here, upload it, write the pointer',
    )
    .argument('<model>', 'folder of the model')
    .argument('<destination>', 'the folder of the pointer: s3://bucket/prefix')
    .option('--pointer <name>', 'name of the pointer in there (default: current.json)')
    .addOption(new Option('--endpoint <url>', 'an emulator in place of AWS (or set AWS_ENDPOINT_URL)').argParser(url))
    .addHelpText(
      'after',
      `
Nothing is overwritten but the pointer. To roll back, publish the former folder again. Credentials and region are
those of the AWS command line (AWS_PROFILE, AWS_REGION); they need s3:PutObject and s3:GetObject under the prefix.`,
    )
    .action(async (model: string, destination: string, options: PublishOptions) =>
      exit(await publish(context, model, destination, options)),
    );
  return program;
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
    throw new InvalidArgumentError('A port is a number from 1 to 65535.');
  }
  return port;
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError('It is a whole number above 0.');
  return number;
}

function url(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new InvalidArgumentError('An endpoint is a URL such as http://localhost:4566.');
  }
  return text;
}

/** Runs a command line; answers the exit code. */
export async function main(args: readonly string[], context: CommandContext): Promise<number> {
  let exitCode = 0;
  try {
    await commandLine(context, (code) => {
      exitCode = code;
    }).parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error, context);
  }
}

function explain(error: unknown, { terminal, signal }: CommandContext): number {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong; showing help is no error.
    return error.exitCode === 0 ? 0 : EXIT_USAGE;
  }
  if (signal.aborted) {
    terminal.err('Interrupted.\n');
    return EXIT_INTERRUPTED;
  }
  if (!(error instanceof LocalRunError)) {
    terminal.err(`${error instanceof Error ? error.stack : error}\n`);
    return EXIT_FAILED;
  }
  const parts = [error.message, error.detail, error.hint].filter((part) => part !== undefined);
  terminal.err(`\n${parts.join('\n\n')}\n`);
  return error instanceof UsageError ? EXIT_USAGE : EXIT_FAILED;
}
