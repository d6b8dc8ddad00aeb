import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { SQSClient } from '@aws-sdk/client-sqs';
import { chooseEnvironment, loadServingFile, stackNameOf } from '../../lib/template';
import { redrive as moveBack } from '../jobs/redrive';
import { queuesOf } from '../jobs/service-queues';
import { UsageError } from '../local/errors';
import { clientOptions } from './client-options';
import { type CommandContext, type CommonOptions, openSession } from './context';

export interface RedriveOptions extends CommonOptions {
  readonly limit?: number;
  readonly dryRun?: boolean;
}

/** Gives the jobs of a service that failed for good another chance. */
export async function redrive(context: CommandContext, service: string, options: RedriveOptions): Promise<number> {
  const { limit = Number.POSITIVE_INFINITY, dryRun = false } = options;
  const session = openSession(context, options);
  const configuration = loadServingFile(session.workspace.configFile);
  const names = Object.keys(configuration.template.services);
  if (!names.includes(service)) throw new UsageError(`There is no service ${service}. Services: ${names.join(', ')}.`);
  const { name, local, region } = chooseEnvironment(configuration, options.environment);
  const config = await clientOptions(session, local, region);
  const stack = stackNameOf(configuration.template, name, service);
  const queues = await queuesOf(new CloudFormationClient(config), stack);
  const { jobs, unknown } = await moveBack(new SQSClient(config), queues, { limit, dryRun });
  const { out, err } = context.terminal;
  for (const job of jobs) out(`${job}\n`);
  const done = dryRun ? 'would be moved' : 'moved';
  err(
    `${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'} of ${service} ${done} from the dead-letter queue back to the queue.\n`,
  );
  if (unknown > 0) err(`${unknown} messages that name no job were left where they are.\n`);
  return 0;
}
