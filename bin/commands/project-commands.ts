import { Option } from 'commander';
import type { InitOptions } from '../onnx/init-plan';
import { url } from './argument-values';
import { type BuildOptions, build } from './build';
import type { Commands } from './commands';
import type { NamedModelOptions } from './folder-of-model';
import { init } from './init';
import { measure } from './measure';
import { type OptimizeOptions, optimize } from './optimize';
import { type PublishOptions, publish } from './publish';
import { validate } from './validate';

/** Commands that make, check and release what a configuration consists of. */
export function addProjectCommands({ add, context, exit, program }: Commands): void {
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
    .option('--force', 'write over model and golden cases; the runbook stays, and the card where it fits the model')
    .action(async (model: string, options: InitOptions) => exit(await init(context, model, options)));
  program
    .command('measure')
    .description('time a model on this machine; writes measurements.json beside it')
    .argument('<model>', 'folder of the model, or a service of the configuration')
    .option('--config <file>', 'configuration (default: the nearest serving.yaml, from here upwards)')
    .action(async (model: string, options: NamedModelOptions) => exit(await measure(context, model, options)));
  program
    .command('optimize')
    .description(
      "make an artefact of a large model that loads faster on x86_64 CPUs like this machine's; writes optimized/ beside it",
    )
    .argument('<model>', 'folder of the model, or a service of the configuration')
    .option('--config <file>', 'configuration (default: the nearest serving.yaml, from here upwards)')
    .addHelpText(
      'after',
      `
It is for models with many convolutions that ship with x86_64 functions. Functions with such a CPU check it by the golden
cases when they start; where it fails, and on other CPUs, the portable model serves. On arm64 there is nothing to gain.`,
    )
    .option('--force', 'write it also where a cold start gains nothing')
    .action(async (model: string, options: OptimizeOptions) => exit(await optimize(context, model, options)));
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
}
