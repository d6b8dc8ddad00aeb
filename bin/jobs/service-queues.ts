import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { UsageError } from '../local/errors';
import { servingOutputOf } from '../local/serving-output-of';
import type { JobQueues } from './redrive';

/** Queues of a service; of one with several, whose they are. */
export interface ServiceQueues extends JobQueues {
  readonly name?: string;
}

const DEAD_LETTERS = /^(.*?)(d|D)eadLetterQueue$/;

/** The queues of a deployed service, by the output of its stack: each dead-letter queue with the one before it. */
export async function queuesOf(client: CloudFormationClient, stackName: string): Promise<readonly ServiceQueues[]> {
  const { pattern, resources, service } = await servingOutputOf(client, stackName);
  const found = Object.entries(resources).flatMap(([role, deadLetterQueue]) => {
    const name = DEAD_LETTERS.exec(role)?.[1];
    const queue = name === undefined ? undefined : resources[name ? `${name}Queue` : 'queue'];
    return queue ? [{ deadLetterQueue, queue, name: name || undefined }] : [];
  });
  if (found.length === 0) throw new UsageError(`${service} has no jobs: its pattern is ${pattern}.`);
  return found;
}
