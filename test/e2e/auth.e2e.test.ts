import { APIGatewayClient, GetApiKeyCommand, GetUsagePlanKeysCommand } from '@aws-sdk/client-api-gateway';
import { AwsClient } from 'aws4fetch';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { clientConfig, LOCAL_CREDENTIALS } from '../../bin/local/target';
import type { HttpErrorBody, InferResponse } from '../../lambdas/shared/contract';
import { Issuer } from '../lambdas/authorize/issuer';
import { IamUser } from './auth/iam-user';
import { type Answer, call, logLines, signed } from './client';
import { deployApp, type Outputs } from './emulator';

const target = inject('target');
let issuer: Issuer;
let outputs: Outputs[string] = {};
/** Log groups of the predictors behind the APIs. */
let logs: readonly string[] = [];
beforeAll(async () => {
  issuer = await Issuer.start();
  const run = { target, folder: inject('folder') };
  const stacks = await deployApp(run, 'auth', { ISSUER: issuer.url, AUDIENCE: issuer.audience });
  const { LogGroup: tokenLogs = '', ...tokens } = stacks['test-tokens'] ?? {};
  const { LogGroup: otherLogs = '', ...others } = stacks['test-auth'] ?? {};
  logs = [tokenLogs, otherLogs];
  outputs = { ...tokens, ...others };
});
afterAll(() => issuer.close());

const output = (name: string): string => outputs[name] ?? '';
const url = (api: string): string => `${target.endpointUrl}${output(`${api}Path`)}/v2/models/iris/infer`;
const arn = (api: string, methodAndPath: string): string =>
  `arn:aws:execute-api:us-east-1:000000000000:${output(`${api}Path`).split('/')[2]}/v1/${methodAndPath}`;

const body = JSON.stringify({ inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 4], data: [5, 3, 1, 0.2] }] });
const invocations = async (): Promise<number> =>
  (await Promise.all(logs.map(logLines))).flat().filter(({ operation }) => operation).length;

function infer(api: string, headers: Record<string, string> = {}, via?: Parameters<typeof call>[2]) {
  const request = { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } };
  return call<InferResponse & HttpErrorBody>(url(api), request, via);
}

/** The call is refused in the shape of our errors, and the predictor did not run. */
async function expectRefused(ask: () => Promise<Answer<HttpErrorBody>>, status: number, code: string) {
  const before = await invocations();
  const answer = await ask();
  expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code });
  expect(answer.body).toMatchObject({ error: expect.any(String), requestId: expect.any(String) });
  expect(answer.headers.get('x-request-id')).toBe(answer.body.requestId);
  expect(await invocations()).toBe(before);
  return answer;
}

/** The call is answered, and the predictor's log shows that it ran: what refused calls do not leave behind. */
async function expectAnswered(ask: () => Promise<Answer<InferResponse>>) {
  const before = await invocations();
  const answer = await ask();
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  expect(answer.body.model_name).toBe('iris');
  await expect.poll(invocations, { timeout: 10_000 }).toBe(before + 1);
}

describe('[X.8] AWS IAM', () => {
  let user: IamUser;
  beforeAll(async () => {
    user = await IamUser.create(target, 'iam-caller');
  });
  afterAll(() => user.delete());
  const sign = (change = '') =>
    signed({ ...user.credentials, secretAccessKey: user.credentials.secretAccessKey + change });

  test('a call that is not signed is refused', () => expectRefused(() => infer('Iam'), 403, 'FORBIDDEN'));
  test('a bearer token is no signature', () =>
    expectRefused(() => infer('Iam', { authorization: `Bearer ${issuer.token()}` }), 403, 'FORBIDDEN'));
  test('a user that no policy allows it is refused', () =>
    expectRefused(() => infer('Iam', {}, sign()), 403, 'FORBIDDEN'));
  test('an access key that nobody has is refused', () =>
    expectRefused(
      () => infer('Iam', {}, signed({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' })),
      403,
      'FORBIDDEN',
    ));

  test('a policy for another path, method or API is of no use', async () => {
    await user.allow([
      arn('Iam', 'POST/v2/models/other/infer'),
      arn('Iam', 'GET/v2/models/iris/infer'),
      arn('Jwt', 'POST/v2/models/iris/infer'),
    ]);
    await expectRefused(() => infer('Iam', {}, sign()), 403, 'FORBIDDEN');
  });

  test('with the policy it is answered; with a wrong secret it is not', async () => {
    await user.allow(arn('Iam', 'POST/v2/models/iris/infer'));
    await expectAnswered(() => infer('Iam', {}, sign()));
    await expectRefused(() => infer('Iam', {}, sign('x')), 403, 'FORBIDDEN');
  });

  test('with an API key besides, neither is enough alone', async () => {
    const [key = ''] = await keysOf('BothPlanId');
    await user.allow(arn('IamAndKey', 'POST/*'));
    await expectRefused(() => infer('IamAndKey', {}, sign()), 403, 'FORBIDDEN');
    await expectRefused(() => infer('IamAndKey', { 'x-api-key': key }), 403, 'FORBIDDEN');
    await expectAnswered(() => infer('IamAndKey', { 'x-api-key': key }, sign()));
  });
});

test('[X.8] a call from an address that is not allowed is refused', () =>
  expectRefused(() => infer('Elsewhere'), 403, 'FORBIDDEN'));

describe('[X.8] JWT', () => {
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const now = () => Math.floor(Date.now() / 1000);

  test('a good token is answered', () => expectAnswered(() => infer('Jwt', bearer(issuer.token()))));

  test.each<[string, () => Record<string, string>]>([
    ['none', () => ({})],
    ['garbage', () => bearer('garbage')],
    ['expired', () => bearer(issuer.token({ exp: now() - 60 }))],
    ['for another audience', () => bearer(issuer.token({ aud: 'elsewhere' }))],
    ['of another issuer', () => bearer(issuer.token({ iss: 'https://issuer.example' }))],
    ['changed after it was signed', () => bearer(issuer.forged({ sub: 'eve' }))],
    ['signed by another key', () => bearer(issuer.token({}, { kid: 'foreign' }))],
    ['of algorithm none', () => bearer(issuer.unsigned())],
  ])('a token that is refused: %s', async (_, headers) => {
    const { headers: answered } = await expectRefused(() => infer('Jwt', headers()), 401, 'UNAUTHENTICATED');
    expect(answered.get('www-authenticate')).toBe('Bearer');
  });

  test('the authorizer logs why, without the token', async () => {
    const token = issuer.token({ aud: 'elsewhere' });
    await infer('Jwt', bearer(token));
    const find = async () =>
      (await logLines(output('JwtLogGroup'))).map(({ event, status, reason }) => ({ event, status, reason }));
    await expect.poll(find).toContainEqual({ event: 'authorize', status: 401, reason: 'another audience' });
    expect(JSON.stringify(await logLines(output('JwtLogGroup')))).not.toContain(token);
  });

  test('a good token without the scope is refused with 403, and with it answered', async () => {
    await expectRefused(() => infer('JwtScoped', bearer(issuer.token({ scope: 'read' }))), 403, 'FORBIDDEN');
    await expectAnswered(() => infer('JwtScoped', bearer(issuer.token({ scope: 'read predict' }))));
  });

  test('without the keys of the issuer nobody is let in, and nobody waits long', async () => {
    for (const api of ['JwtDown', 'JwtSilent']) {
      const answer = await expectRefused(() => infer(api, bearer(issuer.token())), 503, 'UNAVAILABLE');
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(answer.ms).toBeLessThan(8_000);
    }
  });

  test('the verdict on a token holds for every route', async () => {
    const headers = bearer(issuer.token());
    await expectAnswered(() => infer('JwtCached', headers));
    const ready = await call(`${target.endpointUrl}${output('JwtCachedPath')}/v2/health/ready`, { headers });
    expect(ready.status).toBe(200);
    await expectAnswered(() => infer('JwtCached', headers));
  });

  test('who calls reaches what is behind the gateway', async () => {
    const answer = await infer('JwtEcho', bearer(issuer.token({ sub: 'grace', scope: 'predict' })));
    expect(answer.body).toMatchObject({ principalId: 'grace', scope: 'predict' });
  });

  test('an unknown route is 404, with a token and without', async () => {
    const unknown = `${target.endpointUrl}${output('JwtPath')}/nowhere`;
    expect((await call(unknown, { headers: bearer(issuer.token()) })).status).toBe(404);
    expect((await call(unknown)).status).toBe(404);
  });
});

describe('[X.8] Cognito', () => {
  const cognito = async (operation: string, input: object): Promise<Record<string, unknown>> => {
    const client = new AwsClient({ ...LOCAL_CREDENTIALS, region: target.region, service: 'cognito-idp', retries: 0 });
    const answer = await client.fetch(target.endpointUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
      },
      body: JSON.stringify(input),
    });
    const text = await answer.text();
    expect(answer.status, text).toBe(200);
    return JSON.parse(text || '{}');
  };
  let idToken: string;
  beforeAll(async () => {
    const user = { UserPoolId: output('PoolId'), Username: 'ada' };
    await cognito('AdminCreateUser', { ...user, MessageAction: 'SUPPRESS' });
    await cognito('AdminSetUserPassword', { ...user, Password: 'Corr3ct-horse', Permanent: true });
    const { AuthenticationResult } = await cognito('InitiateAuth', {
      ClientId: output('ClientId'),
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'ada', PASSWORD: 'Corr3ct-horse' },
    });
    idToken = (AuthenticationResult as { IdToken: string }).IdToken;
  });

  test('a user of the pool is answered', () => expectAnswered(() => infer('Cognito', { authorization: idToken })));

  test.each<[string, () => Record<string, string>]>([
    ['no token', () => ({})],
    ['garbage', () => ({ authorization: 'garbage' })],
    ['a token of another issuer', () => ({ authorization: issuer.token() })],
    ['a token with another signature', () => ({ authorization: `${idToken.slice(0, idToken.lastIndexOf('.'))}.AAAA` })],
  ])('%s is refused', async (_, headers) => {
    await expectRefused(() => infer('Cognito', headers()), 401, 'UNAUTHENTICATED');
  });
});

/** The values of the keys of a usage plan. */
async function keysOf(plan: string): Promise<string[]> {
  const client = new APIGatewayClient(clientConfig(target));
  const { items = [] } = await client.send(new GetUsagePlanKeysCommand({ usagePlanId: output(plan) }));
  const keys = await Promise.all(
    items.map(({ id }) => client.send(new GetApiKeyCommand({ apiKey: id, includeValue: true }))),
  );
  return keys.map(({ value = '' }) => value);
}

describe('[X.8] API key', () => {
  test('a call without a key, or with one that nobody has, is refused', async () => {
    await expectRefused(() => infer('ApiKey'), 403, 'FORBIDDEN');
    await expectRefused(() => infer('ApiKey', { 'x-api-key': 'unknown' }), 403, 'FORBIDDEN');
  });

  test('a key of another API is refused', async () => {
    const [key = ''] = await keysOf('QuotaPlanId');
    await expectRefused(() => infer('ApiKey', { 'x-api-key': key }), 403, 'FORBIDDEN');
  });

  test('each caller has a key; over its rate the answer is 429, and others are served on', async () => {
    const keys = await keysOf('UsagePlanId');
    expect(keys).toHaveLength(2);
    const [ada = '', bob = ''] = keys;
    await expectAnswered(() => infer('ApiKey', { 'x-api-key': ada }));
    const answers = await Promise.all(Array.from({ length: 8 }, () => infer('ApiKey', { 'x-api-key': ada })));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.body).toMatchObject({ code: 'THROTTLED' });
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect((await infer('ApiKey', { 'x-api-key': bob })).status).toBe(200);
  });

  test('over its quota the answer is 429', async () => {
    const [key = ''] = await keysOf('QuotaPlanId');
    for (let i = 0; i < 2; i++) expect((await infer('Quota', { 'x-api-key': key })).status).toBe(200);
    await expectRefused(() => infer('Quota', { 'x-api-key': key }), 429, 'QUOTA_EXCEEDED');
  });
});
