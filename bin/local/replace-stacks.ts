import type { CloudFormationClient, Stack } from '@aws-sdk/client-cloudformation';
import type { SynthesizedStack } from './assembly';
import { type DeploymentRecord, digestOf } from './deployment-record';
import { LocalRunError } from './errors';
import type { Progress } from './progress';
import { deleteStack, describeStack, isSettled } from './stacks';
import type { Target } from './target';

/** Where an update would break a stack, what changed is deployed anew. */
export async function removeChanged(
  stacks: readonly SynthesizedStack[],
  client: CloudFormationClient,
  last: DeploymentRecord | undefined,
  target: Target,
  progress: Progress,
): Promise<void> {
  const found = await Promise.all(stacks.map(({ name }) => describeStack(client, name)));
  for (const name of stacksToReplace(stacks, found, last, target)) {
    await progress.step(`Removal of stack ${name}, which cannot be updated there`, () => deleteStack(client, name));
  }
}

/**
 * Names of the deployed stacks that are not as the configuration wants them. One that this configuration did not deploy
 * is somebody's, with their data: it is never removed, and nothing else is before that is clear.
 */
export function stacksToReplace(
  stacks: readonly SynthesizedStack[],
  found: readonly (Stack | undefined)[],
  last: DeploymentRecord | undefined,
  { endpointUrl, region }: Target,
): string[] {
  return stacks
    .flatMap(({ name, template }, index) => {
      const stack = found[index];
      return stack ? [{ name, template, stack, known: last?.stacks.find(({ id }) => id === stack.StackId) }] : [];
    })
    .filter(({ name, template, stack, known }) => {
      if (known) return !isSettled(stack) || known.template !== digestOf(template);
      throw new LocalRunError(`There is a stack ${name} already that this configuration has not deployed.`, {
        hint:
          'A stack cannot be updated there, and this one may be in use. Give the configuration another `project`, or delete ' +
          'the stack with its data:\n' +
          `aws cloudformation delete-stack --stack-name ${name} --endpoint-url ${endpointUrl} --region ${region}`,
      });
    })
    .map(({ name }) => name);
}
