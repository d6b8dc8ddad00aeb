import { setTimeout as sleep } from 'node:timers/promises';
import { APIGatewayClient, GetRestApisCommand } from '@aws-sdk/client-api-gateway';
import { CloudFormationClient, DescribeStacksCommand, ListStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { deleteStack } from '../../bin/local/stacks';
import { clientConfig } from '../../bin/local/target';
import { expectOutputs, golden, infer, isOfEndpoint, iterationsPerSecond, slowRequest } from './client';
import { deployApp } from './emulator';
import { needing } from './needing';
import { killEnvironments } from './processes';

const target = inject('target');
const run = { target, folder: inject('folder') };
const stackName = 'test-release';
const { cases, tolerance } = golden('models/iris');
const question = { inputs: cases[0]?.inputs ?? [] };
const good = cases[0]?.outputs ?? [];

/** Asks again and again until it is told to stop; answers which status and version came, in order. */
function steadyLoad(url: string): () => Promise<{ status: number; version: string | null }[]> {
  let going = true;
  const seen: { status: number; version: string | null }[] = [];
  const client = async () => {
    while (going) {
      const { status, headers } = await infer(url, 'iris', question);
      seen.push({ status, version: headers.get('x-model-version') });
      await sleep(20);
    }
  };
  const clients = [client(), client()];
  return async () => {
    going = false;
    await Promise.all(clients);
    return seen;
  };
}

let url = '';
beforeAll(async () => {
  const outputs = await deployApp(run, 'release', { MODEL: 'iris' });
  url = `${target.endpointUrl}${outputs[stackName]?.Path}`;
  expect((await infer(url, 'iris', question)).status).toBe(200);
});

needing('customResources', 'stackUpdates').describe('[1.4] a release under a steady load', () => {
  test('of a good version: no request fails and the reported version flips once', async () => {
    const stop = steadyLoad(url);
    await deployApp(run, 'release', { MODEL: 'iris-v2' });
    await sleep(500);
    const seen = await stop();
    expect(seen.length).toBeGreaterThan(20);
    expect(seen.filter(({ status }) => status !== 200)).toEqual([]);
    expect(seen.at(0)?.version).toBe('1.0.0');
    expect(seen.at(-1)?.version).toBe('2.0.0');
    const flips = seen.filter(({ version }, index) => index > 0 && version !== seen[index - 1]?.version);
    // Two clients may each have one answer of the old version under way when the alias moves.
    expect(flips.length).toBeLessThanOrEqual(3);
  });

  test.each([
    ['whose golden outputs are off', 'wrong-golden'],
    ['that does not load', 'corrupt'],
  ])('of a version %s: the deployment fails and the old version answers throughout', async (_, broken) => {
    const stop = steadyLoad(url);
    await expect(deployApp(run, 'release', { MODEL: broken })).rejects.toThrow('The deployment failed');
    const seen = await stop();
    expect(seen.length).toBeGreaterThan(20);
    expect(seen.filter(({ status, version }) => status !== 200 || version !== '2.0.0')).toEqual([]);
    const { Stacks } = await new CloudFormationClient(clientConfig(target)).send(
      new DescribeStacksCommand({ StackName: stackName }),
    );
    expect(Stacks?.[0]?.StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE');
  });

  test('back to the first version: its answers are the golden ones', async () => {
    await deployApp(run, 'release', { MODEL: 'iris' });
    const { body, headers } = await infer(url, 'iris', question);
    expect(headers.get('x-model-version')).toBe('1.0.0');
    expectOutputs(body.outputs, good, tolerance);
  });
});

test('[X.6] destroyed, nothing of it is left', async () => {
  const client = new CloudFormationClient(clientConfig(target));
  await deleteStack(client, stackName);
  const { StackSummaries } = await client.send(new ListStacksCommand({}));
  expect(StackSummaries?.find((stack) => stack.StackName === stackName)?.StackStatus).toBe('DELETE_COMPLETE');
  const config = clientConfig(target);
  const { Functions } = await new LambdaClient(config).send(new ListFunctionsCommand({}));
  const { items } = await new APIGatewayClient(config).send(new GetRestApisCommand({}));
  const { logGroups } = await new CloudWatchLogsClient(config).send(new DescribeLogGroupsCommand({}));
  const { Roles } = await new IAMClient(config).send(new ListRolesCommand({}));
  const apiId = url.split('/')[4];
  const left = [
    ...(Functions ?? []).map(({ FunctionName }) => FunctionName),
    ...(items ?? []).filter(({ id }) => id === apiId).map(({ id }) => `${stackName} ${id}`),
    ...(logGroups ?? []).map(({ logGroupName = '' }) => logGroupName).filter((name) => !isOfEndpoint(name)),
    ...(Roles ?? []).map(({ RoleName }) => RoleName),
  ].filter((name) => name?.includes(stackName));
  expect(left).toEqual([]);
});

describe('[1.3] an environment that is killed in mid-request', () => {
  const { Path, Function: functionName = '' } = inject('fixtures')['test-wide'] ?? {};
  const wide = `${target.endpointUrl}${Path}`;
  const lose = async () => {
    const perSecond = await iterationsPerSecond(wide);
    const running = infer(wide, 'slow', slowRequest(perSecond * 4));
    await sleep(700);
    expect(killEnvironments(inject('endpoint'), functionName)).toBeGreaterThan(0);
    return running;
  };

  needing('killEnvironments').test('costs that request a 5xx at most, and the next succeed', async () => {
    expect((await lose()).status).toBe(503);
    for (let attempt = 0; attempt < 3; attempt++) {
      expect((await infer(wide, 'slow', slowRequest(1))).status).toBe(200);
    }
  });

  needing('killEnvironments', 'gatewayResponses').test('that 5xx has our shape, and Retry-After', async () => {
    const lost = await lose();
    expect(lost.body).toMatchObject({ code: 'UNAVAILABLE' });
    expect(lost.headers.get('retry-after')).toBe('1');
  });
});
