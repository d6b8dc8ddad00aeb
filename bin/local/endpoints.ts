import { CloudFormationClient, type Stack } from '@aws-sdk/client-cloudformation';
import { SERVING_OUTPUT, type ServingOutput } from '../../lib/template/serving-output';
import { LocalRunError } from './errors';
import { readJson, writeJson } from './json-file';
import { describeStack } from './stacks';
import { clientConfig, type Target } from './target';
import type { Workspace } from './workspace';

/** One service as tests and people find it in `.local/endpoints.json`. */
export interface ServiceEndpoint {
  readonly pattern: string;
  /** The base that `/v2/...` is appended to; of a service without an HTTP front where it is asked: `s3://<bucket>/<prefix>`. */
  readonly url: string;
  readonly model: string;
  readonly auth: string;
  readonly resources: Readonly<Record<string, string>>;
}

export interface Endpoints {
  readonly endpointUrl: string;
  readonly region: string;
  readonly services: Readonly<Record<string, ServiceEndpoint>>;
}

/** Asks the deployed stacks for their services and writes the file. */
export async function writeEndpoints(
  workspace: Workspace,
  target: Target,
  stackNames: readonly string[],
): Promise<Endpoints> {
  const client = new CloudFormationClient(clientConfig(target));
  const stacks = await Promise.all(stackNames.map((name) => describeStack(client, name)));
  const endpoints = endpointsOf(
    target,
    stacks.filter((stack) => stack !== undefined),
  );
  await writeJson(workspace.endpointsFile, endpoints);
  return endpoints;
}

export function endpointsOf(target: Target, stacks: readonly Stack[]): Endpoints {
  const services: Record<string, ServiceEndpoint> = {};
  for (const stack of stacks) {
    // A stack without the output is not a service: the account's own, say.
    const text = stack.Outputs?.find(({ OutputKey }) => OutputKey === SERVING_OUTPUT)?.OutputValue;
    if (text !== undefined) {
      const { service, pattern, model, auth, resources, ...where } = parseOutput(stack, text);
      const url = where.url ?? `${target.endpointUrl}/restapis/${where.apiId}/${where.stage}/_user_request_`;
      services[service] = { pattern, url, model, auth, resources };
    }
  }
  return { endpointUrl: target.endpointUrl, region: target.region, services };
}

function parseOutput(stack: Stack, text: string): ServingOutput {
  try {
    return JSON.parse(text);
  } catch {
    throw new LocalRunError(`The output ${SERVING_OUTPUT} of stack ${stack.StackName} is not JSON: ${text}`);
  }
}

export function readEndpoints(workspace: Workspace): Promise<Endpoints | undefined> {
  return readJson<Endpoints>(workspace.endpointsFile, ({ services }) => typeof services === 'object');
}
