import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Stack } from '@aws-sdk/client-cloudformation';
import { describe, expect, test } from 'vitest';
import { causeOf, finishedStack } from '../../bin/local/deploy';
import { digestOf } from '../../bin/local/deployment-record';
import { stacksToReplace } from '../../bin/local/replace-stacks';
import { failures } from '../../bin/local/stacks';
import { targetAt, targetEnvironment, withoutAwsSettings } from '../../bin/local/target';
import { workspaceOf } from '../../bin/local/workspace';

test.each([
  [' ✅  iris', 'iris deployed'],
  [' ✅  iris (no changes)', 'iris unchanged'],
  ['❌  iris failed: Error: it broke', 'iris failed'],
  [' ❌  iris failed to deploy', 'iris failed'],
  ['iris | 3/9 | CREATE_COMPLETE', undefined],
  ['✨  Deployment time: 1.2s', undefined],
])('the line "%s" of the CDK', (line, said) => expect(finishedStack(line)).toBe(said));

test('failures of this deployment, oldest first, without those that follow from others', () => {
  const event = (id: string, at: number, ResourceStatus: string, ResourceStatusReason?: string) => ({
    StackId: 's',
    EventId: id,
    StackName: 'iris',
    LogicalResourceId: id,
    ResourceType: 'AWS::Lambda::Alias',
    Timestamp: new Date(at),
    ResourceStatus: ResourceStatus as 'CREATE_FAILED',
    ResourceStatusReason,
  });
  const events = [
    event('Second', 30, 'UPDATE_FAILED', 'Error: golden input differs\n    at handler (/code/index.js:1:1)'),
    event('First', 20, 'CREATE_FAILED'),
    event('Other', 25, 'CREATE_FAILED', 'Resource creation cancelled'),
    event('Fine', 26, 'CREATE_COMPLETE'),
    event('Before', 5, 'CREATE_FAILED', 'of the deployment before'),
  ];
  expect(failures(events, new Date(10))).toEqual([
    'First (AWS::Lambda::Alias) CREATE_FAILED: no reason given',
    'Second (AWS::Lambda::Alias) UPDATE_FAILED: Error: golden input differs',
  ]);
});

test('children talk to the emulator only, by address so that buckets are in the path', () => {
  const environment = targetEnvironment(targetAt('http://localhost:4566/'));
  expect(environment.AWS_ENDPOINT_URL_S3).toBe('http://127.0.0.1:4566');
  expect(environment.AWS_ACCESS_KEY_ID).toBe('test');
  const mine = { AWS_PROFILE: 'prod', AWS_SESSION_TOKEN: 'x', CDK_DEFAULT_ACCOUNT: '1', PATH: '/bin' };
  expect(withoutAwsSettings(mine)).toEqual({ PATH: '/bin' });
});

test('a deployment that failed says why; when the emulator is gone, that is why', async () => {
  const server = createServer((_, response) => response.writeHead(404).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const target = targetAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const workspace = workspaceOf('/p/serving.yaml');
  const error = new Error('no');
  expect(await causeOf(error, { workspace, target })).toBe(error);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  expect(await causeOf(error, { workspace, target, signal: AbortSignal.abort() })).toBe(error);
  expect(await causeOf(error, { workspace, target })).toMatchObject({
    message: 'The emulator has ended.',
    hint: `Its log: ${workspace.emulatorLog}`,
  });
});

describe('where stacks cannot be updated', () => {
  const target = targetAt('http://localhost:4566');
  const template = { Resources: { Function: { Type: 'AWS::Lambda::Function' } } };
  const [iris, digits] = [
    { name: 'serving-local-iris', template },
    { name: 'serving-local-digits', template },
  ];
  const deployed = (name: string, StackStatus: Stack['StackStatus'] = 'CREATE_COMPLETE', id = `${name}/1`): Stack => ({
    StackName: name,
    StackId: id,
    CreationTime: new Date(0),
    StackStatus,
  });
  const recorded = (name: string, of = template) => ({ name, id: `${name}/1`, template: digestOf(of) });
  const replaced = (
    found: readonly (Stack | undefined)[],
    ...stacks: readonly { readonly name: string; readonly id: string; readonly template: string }[]
  ) => stacksToReplace([iris, digits], found, { digest: '', stacks }, target);

  test('what changed, or is not whole, is deployed anew', () => {
    const found = [deployed(iris.name), deployed(digits.name)];
    expect(replaced(found, recorded(iris.name), recorded(digits.name))).toEqual([]);
    expect(replaced(found, recorded(iris.name, { Resources: {} } as never), recorded(digits.name))).toEqual([
      iris.name,
    ]);
    const failed = [undefined, deployed(digits.name, 'ROLLBACK_COMPLETE')];
    expect(replaced(failed, recorded(iris.name), recorded(digits.name))).toEqual([digits.name]);
  });

  test('a stack that this configuration has not deployed stays, whatever is in it, and so does all else', () => {
    const found = [deployed(iris.name), deployed(digits.name)];
    const refusal = {
      name: 'LocalRunError',
      message: 'There is a stack serving-local-digits already that this configuration has not deployed.',
      hint: expect.stringContaining('--stack-name serving-local-digits --endpoint-url http://localhost:4566'),
    };
    const theirs = { ...recorded(digits.name), id: 'another' };
    for (const record of [[recorded(iris.name, {} as never)], [recorded(iris.name), theirs]]) {
      expect(() => replaced(found, ...record)).toThrow(expect.objectContaining(refusal));
    }
    expect(() => stacksToReplace([digits], [deployed(digits.name)], undefined, target)).toThrow(/has not deployed/);
  });
});
