import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { AwsClient } from 'aws4fetch';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientConfig, targetAt } from '../../../bin/local/target';
import { TIMED } from '../../e2e/timed';
import { LocalProject } from './local-project';

/** What `gaps.py` adds to the emulator, and what of IAM the emulator enforces by itself. */
let project: LocalProject;
beforeAll(async () => {
  project = await LocalProject.create(`
services:
  plain: { model: models/iris, reserved: 2 }
  hasty: { model: models/iris, timeout: 2 }
  mapped: { model: models/iris, status5xx: '503' }
  closed: { model: models/iris, auth: iam }
`);
  const up = await project.run('up', '--port', String(project.port));
  expect(up.exitCode, up.stderr).toBe(0);
});
afterAll(() => project.run('down', '--delete-data'));

test('an integration is given up after its timeout', TIMED, async () => {
  const { status, body, headers, ms } = await project.call('hasty', { sleepMs: 4_000 });
  expect([status, body]).toEqual([504, { error: 'Endpoint request timed out', from: 'Timeout' }]);
  expect(headers.get('retry-after')).toBe('1');
  expect(ms).toBeGreaterThanOrEqual(2_000);
  expect(ms).toBeLessThan(4_000);
});

describe('a function that fails is answered by the API, with the status it declares or that of AWS', () => {
  test.each([
    ['throws', { fail: 'boom' }],
    ['answers text', { answer: 'text' }],
    ['answers with an unknown key', { answer: { statusCode: 200, extra: 1 } }],
    ['answers with a status that is none', { answer: { statusCode: 'fine' } }],
  ])('%s', async (_, body) => {
    const plain = await project.call('plain', body);
    expect([plain.status, plain.body.from, plain.headers.get('retry-after')]).toEqual([502, 'Failure', '1']);
    expect(JSON.stringify(plain.body)).not.toContain('boom');
    expect((await project.call('mapped', body)).status).toBe(503);
  });
});

test('reserved concurrency holds for the alias: what exceeds it is answered at once', TIMED, async () => {
  let ended = 0;
  const running = [1, 2].map(async () => {
    const { status } = await project.call('plain', { sleepMs: 4_000 });
    ended += 1;
    return status;
  });
  await sleep(700);
  const refused = await project.call('plain', {});
  expect([refused.status, refused.body.from, ended]).toEqual([500, 'Failure', 0]);
  expect(await Promise.all(running)).toEqual([200, 200]);
  expect((await project.call('plain', {})).status).toBe(200);
});

describe('authorization by IAM', () => {
  const UserName = 'caller';
  let iam: IAMClient;
  let key: { readonly id: string; readonly secret: string };
  beforeAll(async () => {
    iam = new IAMClient(clientConfig(targetAt(`http://localhost:${project.port}`)));
    await iam.send(new CreateUserCommand({ UserName }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    key = { id: AccessKey?.AccessKeyId ?? '', secret: AccessKey?.SecretAccessKey ?? '' };
  });
  afterAll(async () => {
    await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: 'calls' }));
    await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: key.id }));
    await iam.send(new DeleteUserCommand({ UserName }));
  });

  async function url(): Promise<string> {
    return `${(await project.endpoints()).services.closed?.url}/v2/models/iris/infer`;
  }

  async function signedCall(secretAccessKey: string) {
    const credentials = { accessKeyId: key.id, secretAccessKey, region: 'us-east-1', service: 'execute-api' };
    const response = await new AwsClient({ ...credentials, retries: 0 }).fetch(await url(), {
      method: 'POST',
      body: '{}',
    });
    return { status: response.status, body: await response.text() };
  }

  async function allow(path: string): Promise<void> {
    const apiId = (await url()).split('/')[4];
    const Resource = `arn:aws:execute-api:us-east-1:000000000000:${apiId}/v1/POST${path}`;
    const statement = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource };
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'calls', PolicyDocument }));
  }

  test('without a signature: 403', async () => {
    expect((await fetch(await url(), { method: 'POST', body: '{}' })).status).toBe(403);
  });

  test('without a policy: 403 in the shape of the API', async () => {
    const { status, body } = await signedCall(key.secret);
    expect(status).toBe(403);
    expect(JSON.parse(body)).toMatchObject({ from: 'Denied', error: expect.stringContaining('execute-api:Invoke') });
  });

  test('a policy for another path is of no use', async () => {
    await allow('/v2/models/other/infer');
    expect((await signedCall(key.secret)).status).toBe(403);
  });

  test('with the policy: 200, and 403 when the secret is wrong', async () => {
    await allow('/v2/models/iris/infer');
    expect((await signedCall(key.secret)).status).toBe(200);
    expect((await signedCall(`${key.secret}x`)).status).toBe(403);
  });
});
