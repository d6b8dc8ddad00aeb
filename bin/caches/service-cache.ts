import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { SERVING_OUTPUT, type ServingOutput } from '../../lib/template/serving-output';
import { LocalRunError, UsageError } from '../local/errors';
import { describeStack } from '../local/stacks';

/** The cache of a service, and whose answers are in it. */
export interface ServiceCache {
  readonly table: string;
  readonly model: string;
}

/** The cache of a deployed service, by the output of its stack. */
export async function cacheOf(client: CloudFormationClient, stackName: string): Promise<ServiceCache> {
  const stack = await describeStack(client, stackName);
  const output = stack?.Outputs?.find(({ OutputKey }) => OutputKey === SERVING_OUTPUT)?.OutputValue;
  if (output === undefined) throw new LocalRunError(`There is no stack ${stackName} with a service.`);
  const { model, pattern, resources, service }: ServingOutput = JSON.parse(output);
  if (!resources.cacheTable) throw new UsageError(`${service} has no cache of its own: its pattern is ${pattern}.`);
  return { table: resources.cacheTable, model };
}
