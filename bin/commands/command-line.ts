import { Command, CommanderError, Option } from 'commander';
import { LocalRunError, UsageError } from '../local/errors';
import { url } from './argument-values';
import type { CommandFunction } from './commands';
import type { CommandContext } from './context';
import { addOperatorCommands } from './operator-commands';
import { addProjectCommands } from './project-commands';
import { addRunCommands } from './run-commands';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
export const EXIT_INTERRUPTED = 130;

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
  cdk-ml-serving optimize models/photos         it loads faster on x86_64 CPUs like this one
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
  const commands = { program, context, exit, add };
  addRunCommands(commands);
  addOperatorCommands(commands);
  addProjectCommands(commands);
  return program;
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
