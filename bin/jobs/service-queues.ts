import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { UsageError } from '../local/errors';
import { servingOutputOf } from '../local/serving-output-of';
import type { JobQueues } from './redrive';

/** The queues of a deployed service, by the output of its stack. */
export async function queuesOf(client: CloudFormationClient, stackName: string): Promise<JobQueues> {
  const { pattern, resources, service } = await servingOutputOf(client, stackName);
  const { deadLetterQueue, queue } = resources;
  if (!deadLetterQueue || !queue) throw new UsageError(`${service} has no jobs: its pattern is ${pattern}.`);
  return { deadLetterQueue, queue };
}
