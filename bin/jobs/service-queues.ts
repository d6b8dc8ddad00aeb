import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { SERVING_OUTPUT, type ServingOutput } from '../../lib/template/serving-output';
import { LocalRunError, UsageError } from '../local/errors';
import { describeStack } from '../local/stacks';
import type { JobQueues } from './redrive';

/** The queues of a deployed service, by the output of its stack. */
export async function queuesOf(client: CloudFormationClient, stackName: string): Promise<JobQueues> {
  const stack = await describeStack(client, stackName);
  const output = stack?.Outputs?.find(({ OutputKey }) => OutputKey === SERVING_OUTPUT)?.OutputValue;
  if (output === undefined) throw new LocalRunError(`There is no stack ${stackName} with a service.`);
  const { pattern, resources, service }: ServingOutput = JSON.parse(output);
  const { deadLetterQueue, queue } = resources;
  if (!deadLetterQueue || !queue) throw new UsageError(`${service} has no jobs: its pattern is ${pattern}.`);
  return { deadLetterQueue, queue };
}
