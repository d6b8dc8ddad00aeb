import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { SQSClient } from '@aws-sdk/client-sqs';
import { redrive as moveBack } from '../jobs/redrive';
import { queuesOf } from '../jobs/service-queues';
import type { CommandContext, CommonOptions } from './context';
import { atService } from './deployed-service';

export interface RedriveOptions extends CommonOptions {
  readonly limit?: number;
  readonly dryRun?: boolean;
}

/** Gives the jobs of a service that failed for good another chance. */
export async function redrive(context: CommandContext, service: string, options: RedriveOptions): Promise<number> {
  const { limit = Number.POSITIVE_INFINITY, dryRun = false } = options;
  return atService(context, service, options, async ({ config, stack }) => {
    const client = new SQSClient(config);
    const { out, err } = context.terminal;
    for (const queues of await queuesOf(new CloudFormationClient(config), stack)) {
      const { jobs, unknown } = await moveBack(client, queues, { limit, dryRun });
      for (const job of jobs) out(`${job}\n`);
      const done = dryRun ? 'would be moved' : 'moved';
      const whose = queues.name === undefined ? service : `${service} (${queues.name})`;
      err(
        `${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'} of ${whose} ${done} from the dead-letter queue back to the queue.\n`,
      );
      if (unknown > 0) err(`${unknown} messages that name no job were left where they are.\n`);
    }
    return 0;
  });
}
