import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { SERVING_OUTPUT, type ServingOutput } from '../../lib/template/serving-output';
import { LocalRunError } from './errors';
import { HINTS } from './hints';
import { describeStack } from './stacks';

/** What a deployed stack says that it holds. */
export async function servingOutputOf(client: CloudFormationClient, stackName: string): Promise<ServingOutput> {
  const stack = await describeStack(client, stackName);
  const output = stack?.Outputs?.find(({ OutputKey }) => OutputKey === SERVING_OUTPUT)?.OutputValue;
  if (output === undefined) {
    throw new LocalRunError(`There is no stack ${stackName} with a service.`, {
      hint: `Deploy it first: ${HINTS.up}, or on AWS npx cdk deploy ${stackName}`,
    });
  }
  return JSON.parse(output);
}
