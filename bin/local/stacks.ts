import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CloudFormationClient,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ListStackResourcesCommand,
  type Stack,
  type StackEvent,
} from '@aws-sdk/client-cloudformation';
import { LocalRunError } from './errors';
import { HINTS } from './hints';

/** A deployed stack as CloudFormation describes it; absent when there is none (or it was deleted). */
export async function describeStack(client: CloudFormationClient, name: string): Promise<Stack | undefined> {
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: name }));
    return Stacks?.find((stack) => stack.StackStatus !== 'DELETE_COMPLETE');
  } catch (error) {
    if (/does not exist/.test((error as Error).message)) {
      return undefined;
    }
    throw error;
  }
}

/** Whether a stack is as its last accepted template says, and nothing is under way. */
export function isSettled(stack: Stack | undefined): stack is Stack {
  return ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE'].includes(stack?.StackStatus ?? '');
}

const SETTLE_LIMIT_MS = 60_000;

/** Waits until nothing is under way: the emulator goes on with a deployment whose command was interrupted. */
export async function waitUntilIdle(client: CloudFormationClient, names: readonly string[]): Promise<void> {
  for (const end = Date.now() + SETTLE_LIMIT_MS; Date.now() < end; await sleep(200)) {
    const stacks = await Promise.all(names.map((name) => describeStack(client, name)));
    if (!stacks.some((stack) => stack?.StackStatus?.endsWith('_IN_PROGRESS'))) {
      return;
    }
  }
  throw new LocalRunError(`An operation on ${names.join(', ')} does not end.`, {
    hint: `Throw the state away: ${HINTS.deleteData}`,
  });
}

/** Physical ids of a stack's resources by logical id. */
export async function physicalIds(client: CloudFormationClient, stackName: string): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (let NextToken: string | undefined, first = true; first || NextToken; first = false) {
    const page = await client.send(new ListStackResourcesCommand({ StackName: stackName, NextToken }));
    for (const { LogicalResourceId, PhysicalResourceId } of page.StackResourceSummaries ?? []) {
      if (LogicalResourceId && PhysicalResourceId) {
        ids.set(LogicalResourceId, PhysicalResourceId);
      }
    }
    NextToken = page.NextToken;
  }
  return ids;
}

export async function deleteStack(client: CloudFormationClient, name: string): Promise<void> {
  await client.send(new DeleteStackCommand({ StackName: name }));
  for (const end = Date.now() + 120_000; Date.now() < end; await sleep(200)) {
    const stack = await describeStack(client, name);
    if (!stack) {
      return;
    }
    if (stack.StackStatus === 'DELETE_FAILED') {
      throw new LocalRunError(`Stack ${name} could not be deleted.`, { detail: stack.StackStatusReason });
    }
  }
  throw new LocalRunError(`Stack ${name} was not deleted within two minutes.`);
}

/** Why the last operation on a stack failed: its failure events since `since`, oldest first. */
export async function failureEvents(client: CloudFormationClient, stackName: string, since: Date): Promise<string[]> {
  const events = await client.send(new DescribeStackEventsCommand({ StackName: stackName })).then(
    (answer) => answer.StackEvents ?? [],
    () => [],
  );
  return failures(events, since);
}

export function failures(events: readonly StackEvent[], since: Date): string[] {
  return events
    .filter(({ ResourceStatus, Timestamp }) => ResourceStatus?.endsWith('_FAILED') && (Timestamp ?? since) >= since)
    .filter(({ ResourceStatusReason }) => !/cancelled/i.test(ResourceStatusReason ?? ''))
    .sort((a, b) => (a.Timestamp?.getTime() ?? 0) - (b.Timestamp?.getTime() ?? 0))
    .map(
      ({ LogicalResourceId, ResourceType, ResourceStatus, ResourceStatusReason }) =>
        `${LogicalResourceId} (${ResourceType}) ${ResourceStatus}: ${withoutFrames(ResourceStatusReason)}`,
    );
}

/** A custom resource gives its stack trace for a reason. */
function withoutFrames(reason = 'no reason given'): string {
  return reason
    .split('\n')
    .filter((line) => !/^\s+at /.test(line))
    .join('\n');
}
