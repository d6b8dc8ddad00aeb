import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { UsageError } from '../local/errors';
import { servingOutputOf } from '../local/serving-output-of';

/** The cache of a service, and whose answers are in it. */
export interface ServiceCache {
  readonly table: string;
  readonly model: string;
}

/** The cache of a deployed service, by the output of its stack. */
export async function cacheOf(client: CloudFormationClient, stackName: string): Promise<ServiceCache> {
  const { model, pattern, resources, service } = await servingOutputOf(client, stackName);
  if (!resources.cacheTable) throw new UsageError(`${service} has no cache of its own: its pattern is ${pattern}.`);
  return { table: resources.cacheTable, model };
}
