import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { readablePrefix } from '../../lib/batch/batch-plan';
import type { ServingOutput } from '../../lib/template/serving-output';
import { UsageError } from '../local/errors';
import { servingOutputOf } from '../local/serving-output-of';

/** Where the runs of a deployed service are. */
export interface BatchPlaces {
  readonly stateMachine: string;
  readonly table: string;
  readonly inputBucket: string;
  readonly outputBucket: string;
  /** What every key begins with that the service may read. */
  readonly inputPrefix: string;
}

/** Those of a deployed service, by the output of its stack. */
export async function batchOf(client: CloudFormationClient, stackName: string): Promise<BatchPlaces> {
  return placesOf(await servingOutputOf(client, stackName));
}

export function placesOf({
  pattern,
  resources,
  service,
  url = '',
}: Pick<ServingOutput, 'pattern' | 'resources' | 'service' | 'url'>): BatchPlaces {
  const { inputBucket, outputBucket, stateMachine, table } = resources;
  if (!stateMachine || !table || !inputBucket || !outputBucket) {
    throw new UsageError(`${service} has no runs: its pattern is ${pattern}.`);
  }
  const inputPrefix = readablePrefix(url.replace(/^s3:\/\/[^/]+\//, ''));
  return { stateMachine, table, inputBucket, outputBucket, inputPrefix };
}
