import { createHash } from 'node:crypto';
import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { SynthesizedStack, Template } from './assembly';
import { readJson, writeJson } from './json-file';
import { describeStack } from './stacks';
import type { Workspace } from './workspace';

/** What the last deployment left: enough to tell that nothing has to be done, and what is no longer wanted. */
export interface DeploymentRecord {
  readonly digest: string;
  readonly stacks: readonly DeployedStack[];
}

export interface DeployedStack {
  readonly name: string;
  readonly id: string;
  /** Digest of the template. */
  readonly template?: string;
}

export function readDeployed(workspace: Workspace): Promise<DeploymentRecord | undefined> {
  return readJson<DeploymentRecord>(workspace.deployedFile, ({ stacks }) => Array.isArray(stacks));
}

export async function writeDeployed(
  workspace: Workspace,
  client: CloudFormationClient,
  digest: string,
  names: readonly string[],
  deployed: readonly SynthesizedStack[],
): Promise<void> {
  const found = await Promise.all(names.map((name) => describeStack(client, name)));
  const stacks = found.flatMap((stack) => {
    if (!stack) {
      return [];
    }
    const template = deployed.find(({ name }) => name === stack.StackName)?.template;
    return [{ name: stack.StackName ?? '', id: stack.StackId ?? '', template: template && digestOf(template) }];
  });
  const record: DeploymentRecord = { digest, stacks };
  await writeJson(workspace.deployedFile, record);
}

/** Names what a template says. */
export function digestOf(template: Template): string {
  return createHash('sha256').update(JSON.stringify(template)).digest('hex');
}
