import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Issuer } from '../lambdas/authorize/issuer';
import { keysOf as keysOfPlan } from './api-keys';
import { signIn } from './auth/cognito-user';
import { Fronts } from './auth/fronts';
import { IamUser } from './auth/iam-user';
import { call, logLines, signed } from './client';
import { needing } from './needing';
import { TIMED } from './timed';

const target = inject('target');
let issuer: Issuer;
let fronts: Fronts;
beforeAll(async () => {
  issuer = await Issuer.start();
  fronts = await Fronts.deploy({ target, folder: inject('folder') }, issuer);
});
afterAll(() => issuer.close());

const output = (name: string): string => fronts.output(name);
const arn = (api: string, methodAndPath: string): string =>
  `arn:aws:execute-api:us-east-1:000000000000:${output(`${api}Path`).split('/')[2]}/v1/${methodAndPath}`;
const infer = (...request: Parameters<Fronts['infer']>) => fronts.infer(...request);

needing('iam', 'gatewayResponses').describe('[X.8] AWS IAM', () => {
  let user: IamUser;
  beforeAll(async () => {
    user = await IamUser.create(target, 'iam-caller');
  });
  afterAll(() => user.delete());
  const sign = (change = '') =>
    signed({ ...user.credentials, secretAccessKey: user.credentials.secretAccessKey + change });

  test('a call that is not signed is refused', () => fronts.expectRefused(() => infer('Iam'), 403, 'FORBIDDEN'));
  test('a bearer token is no signature', () =>
    fronts.expectRefused(() => infer('Iam', { authorization: `Bearer ${issuer.token()}` }), 403, 'FORBIDDEN'));
  test('a user that no policy allows it is refused', () =>
    fronts.expectRefused(() => infer('Iam', {}, sign()), 403, 'FORBIDDEN'));
  test('an access key that nobody has is refused', () =>
    fronts.expectRefused(
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
    await fronts.expectRefused(() => infer('Iam', {}, sign()), 403, 'FORBIDDEN');
  });

  test('with the policy it is answered; with a wrong secret it is not', async () => {
    await user.allow(arn('Iam', 'POST/v2/models/iris/infer'));
    await fronts.expectAnswered(() => infer('Iam', {}, sign()));
    await fronts.expectRefused(() => infer('Iam', {}, sign('x')), 403, 'FORBIDDEN');
  });

  test('with an API key besides, neither is enough alone', async () => {
    const [key = ''] = await keysOf('BothPlanId');
    await user.allow(arn('IamAndKey', 'POST/*'));
    await fronts.expectRefused(() => infer('IamAndKey', {}, sign()), 403, 'FORBIDDEN');
    await fronts.expectRefused(() => infer('IamAndKey', { 'x-api-key': key }), 403, 'FORBIDDEN');
    await fronts.expectAnswered(() => infer('IamAndKey', { 'x-api-key': key }, sign()));
  });
});

needing('iam', 'gatewayResponses').test('[X.8] a call from an address that is not allowed is refused', () =>
  fronts.expectRefused(() => infer('Elsewhere'), 403, 'FORBIDDEN'),
);

needing('authorizers', 'gatewayResponses').describe('[X.8] JWT', () => {
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const now = () => Math.floor(Date.now() / 1000);

  test('a good token is answered', () => fronts.expectAnswered(() => infer('Jwt', bearer(issuer.token()))));

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
    const { headers: answered } = await fronts.expectRefused(() => infer('Jwt', headers()), 401, 'UNAUTHENTICATED');
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
    await fronts.expectRefused(() => infer('JwtScoped', bearer(issuer.token({ scope: 'read' }))), 403, 'FORBIDDEN');
    await fronts.expectAnswered(() => infer('JwtScoped', bearer(issuer.token({ scope: 'read predict' }))));
  });

  test('without the keys of the issuer nobody is let in, and nobody waits long', TIMED, async () => {
    for (const api of ['JwtDown', 'JwtSilent']) {
      const answer = await fronts.expectRefused(() => infer(api, bearer(issuer.token())), 503, 'UNAVAILABLE');
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(answer.ms).toBeLessThan(8_000);
    }
  });

  test('the verdict on a token holds for every route', async () => {
    const headers = bearer(issuer.token());
    await fronts.expectAnswered(() => infer('JwtCached', headers));
    const ready = await call(`${target.endpointUrl}${output('JwtCachedPath')}/v2/health/ready`, { headers });
    expect(ready.status).toBe(200);
    await fronts.expectAnswered(() => infer('JwtCached', headers));
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

needing('authorizers', 'gatewayResponses').describe('[X.8] Cognito', () => {
  let idToken: string;
  beforeAll(async () => {
    idToken = await signIn(target, { poolId: output('PoolId'), clientId: output('ClientId') });
  });

  test('a user of the pool is answered', () =>
    fronts.expectAnswered(() => infer('Cognito', { authorization: idToken })));

  test.each<[string, () => Record<string, string>]>([
    ['no token', () => ({})],
    ['garbage', () => ({ authorization: 'garbage' })],
    ['a token of another issuer', () => ({ authorization: issuer.token() })],
    ['a token with another signature', () => ({ authorization: `${idToken.slice(0, idToken.lastIndexOf('.'))}.AAAA` })],
  ])('%s is refused', async (_, headers) => {
    await fronts.expectRefused(() => infer('Cognito', headers()), 401, 'UNAUTHENTICATED');
  });
});

const keysOf = (plan: string) => keysOfPlan(target, output(plan));

needing('throttle', 'gatewayResponses').describe('[X.8] API key', () => {
  test('a call without a key, or with one that nobody has, is refused', async () => {
    await fronts.expectRefused(() => infer('ApiKey'), 403, 'FORBIDDEN');
    await fronts.expectRefused(() => infer('ApiKey', { 'x-api-key': 'unknown' }), 403, 'FORBIDDEN');
  });

  test('a key of another API is refused', async () => {
    const [key = ''] = await keysOf('QuotaPlanId');
    await fronts.expectRefused(() => infer('ApiKey', { 'x-api-key': key }), 403, 'FORBIDDEN');
  });

  test('each caller has a key; over its rate the answer is 429, and others are served on', async () => {
    const keys = await keysOf('UsagePlanId');
    expect(keys).toHaveLength(2);
    const [ada = '', bob = ''] = keys;
    await fronts.expectAnswered(() => infer('ApiKey', { 'x-api-key': ada }));
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
    await fronts.expectRefused(() => infer('Quota', { 'x-api-key': key }), 429, 'QUOTA_EXCEEDED');
  });
});

needing('iam', 'authorizers').test(
  '[X.8] the predictors ran for the calls that were answered, and for no other',
  async () => {
    await sleep(1_000); // what was logged late is in the log by now
    expect(await fronts.predictions()).toBe(fronts.answered);
  },
);
