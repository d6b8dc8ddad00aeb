import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { UsageError } from '../local/errors';
import { servingOutputOf } from '../local/serving-output-of';

/** The tables of the breakers of a deployed service, by their role in it. */
export async function breakerTablesOf(
  client: CloudFormationClient,
  stackName: string,
): Promise<Readonly<Record<string, string>>> {
  const { pattern, resources, service } = await servingOutputOf(client, stackName);
  const tables = Object.entries(resources).filter(([role]) => /breakerTable$/i.test(role));
  if (tables.length === 0) throw new UsageError(`${service} has no breaker: its pattern is ${pattern}.`);
  return Object.fromEntries(tables);
}
