import type { APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { authorize } from '../../../lambdas/authorize/authorize';
import { readSettings } from '../../../lambdas/authorize/settings';
import { TokenVerifier } from '../../../lambdas/authorize/verify-token';
import { Issuer } from './issuer';

let issuer: Issuer;
let lines: Record<string, unknown>[];
let verifier: TokenVerifier;
beforeEach(async () => {
  issuer = await Issuer.start();
  lines = [];
  verifier = new TokenVerifier({
    issuer: issuer.url,
    audience: ['other', issuer.audience],
    jwksUri: issuer.jwksUri,
    scopes: [],
    leewaySeconds: 10,
  });
});
afterEach(() => issuer.close());

const METHOD = 'arn:aws:execute-api:eu-west-1:111111111111:api/v1/POST/v2/models/iris/infer';

function ask(authorization: string | undefined, scopes: string[] = []) {
  const headers = authorization === undefined ? {} : { Authorization: authorization };
  const event = { headers, methodArn: METHOD, requestContext: { requestId: 'r-1' } };
  const log = { event: (event: string, details: object) => lines.push({ event, ...details }) };
  return authorize(event as unknown as APIGatewayRequestAuthorizerEvent, { verifier, scopes, log });
}

const ago = (seconds: number) => Math.floor(Date.now() / 1000) - seconds;

describe('[X.8] a token lets its caller in', () => {
  test('for every route of the stage, by its subject', async () => {
    await expect(ask(`Bearer ${issuer.token({ scope: 'predict read' })}`)).resolves.toEqual({
      principalId: 'ada',
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Action: 'execute-api:Invoke',
            Effect: 'Allow',
            Resource: 'arn:aws:execute-api:eu-west-1:111111111111:api/v1/*',
          },
        ],
      },
      context: { scope: 'predict read' },
    });
    expect(lines).toEqual([{ event: 'authorize', requestId: 'r-1', status: 200, latencyMs: expect.any(Number) }]);
  });

  test.each<[string, () => object]>([
    ['one of several audiences', () => ({ aud: ['elsewhere', 'models'] })],
    ['expired within the tolerance', () => ({ exp: ago(1) })],
    ['not valid yet, within the tolerance', () => ({ nbf: ago(-5) })],
  ])('%s', async (_, claims) => {
    expect((await ask(`bearer ${issuer.token({ ...claims() })}`)).principalId).toBe('ada');
  });

  test('keys are fetched once, and again for a key that is new', async () => {
    await ask(`Bearer ${issuer.token()}`);
    await ask(`Bearer ${issuer.token()}`);
    expect(issuer.fetches).toBe(1);
    issuer.addKey('second');
    await ask(`Bearer ${issuer.token({}, { kid: 'second' })}`);
    expect(issuer.fetches).toBe(2);
  });

  test.each([
    ['scope', { scope: 'read predict' }],
    ['scp as a list', { scp: ['predict'] }],
  ])('with a scope that is asked for: %s', async (_, claims) => {
    const answer = await ask(`Bearer ${issuer.token(claims)}`, ['predict', 'admin']);
    expect(answer.policyDocument.Statement[0]).toMatchObject({ Effect: 'Allow' });
  });
});

describe('[X.8] a token is refused with 401', () => {
  test.each<[string, string, () => string | undefined]>([
    ['missing', 'no bearer token', () => undefined],
    ['not a bearer token', 'no bearer token', () => 'Basic YTpi'],
    ['garbage', 'not a JWT', () => 'Bearer garbage'],
    ['expired', 'expired', () => `Bearer ${issuer.token({ exp: ago(11) })}`],
    ['without an end', 'no claim exp', () => `Bearer ${issuer.token({ exp: undefined })}`],
    ['not valid yet', 'not valid yet', () => `Bearer ${issuer.token({ nbf: ago(-60) })}`],
    ['for another audience', 'another audience', () => `Bearer ${issuer.token({ aud: 'elsewhere' })}`],
    ['for no audience', 'another audience', () => `Bearer ${issuer.token({ aud: undefined })}`],
    ['of another issuer', 'another issuer', () => `Bearer ${issuer.token({ iss: 'https://evil.example' })}`],
    ['without a subject', 'no claim sub', () => `Bearer ${issuer.token({ sub: undefined })}`],
    ['changed after it was signed', 'wrong signature', () => `Bearer ${issuer.forged({ sub: 'eve' })}`],
    ['signed by a key nobody knows', 'unknown key', () => `Bearer ${issuer.token({}, { kid: 'evil' })}`],
    ['with algorithm none', 'algorithm not allowed', () => `Bearer ${issuer.unsigned()}`],
    ['with a symmetric algorithm', 'algorithm not allowed', () => `Bearer ${issuer.token({}, { alg: 'HS256' })}`],
  ])('%s', async (_, reason, authorization) => {
    await expect(ask(authorization())).rejects.toThrow(/^Unauthorized$/);
    expect(lines).toMatchObject([{ status: 401, reason }]);
  });

  test('the log says nothing of what the token holds', async () => {
    const token = issuer.token({ aud: 'secret-audience', sub: 'secret-subject' });
    await expect(ask(`Bearer ${token}`)).rejects.toThrow();
    expect(JSON.stringify(lines)).not.toMatch(/secret/);
    expect(JSON.stringify(lines)).not.toContain(token);
  });

  test('tokens with unknown keys do not make it ask for keys again and again', async () => {
    for (let i = 0; i < 5; i++) {
      await expect(ask(`Bearer ${issuer.token({}, { kid: `evil-${i}` })}`)).rejects.toThrow('Unauthorized');
    }
    expect(issuer.fetches).toBe(1);
  });

  test('a key that the issuer withdrew is trusted for a quarter of an hour at most', async () => {
    const token = issuer.token({ exp: ago(-7200) });
    expect((await ask(`Bearer ${token}`)).principalId).toBe('ada');
    issuer.removeKey('first');
    issuer.addKey('next');
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 16 * 60_000);
    await expect(ask(`Bearer ${token}`)).rejects.toThrow('Unauthorized');
    vi.restoreAllMocks();
  });
});

test('[X.8] a good token without the scope is refused with 403', async () => {
  const answer = await ask(`Bearer ${issuer.token({ scope: 'read' })}`, ['predict']);
  expect(answer.policyDocument.Statement[0]).toMatchObject({ Effect: 'Deny' });
  expect(lines).toMatchObject([{ status: 403, reason: 'none of the scopes predict' }]);
});

describe('[X.8] without the keys of the issuer nobody is let in, and nobody waits long', () => {
  test.each(['nonsense', 'redirect', 'error', 'silence'] as const)('%s', async (mood) => {
    issuer.mood = mood;
    await expect(ask(`Bearer ${issuer.token()}`)).rejects.toThrow('KeysUnavailable');
    expect(lines).toMatchObject([{ status: 503 }]);
    issuer.mood = 'keys';
    expect((await ask(`Bearer ${issuer.token()}`)).principalId).toBe('ada');
  });

  test('keys it has are used on', async () => {
    await ask(`Bearer ${issuer.token()}`);
    issuer.mood = 'error';
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 16 * 60_000);
    expect((await ask(`Bearer ${issuer.token({ exp: ago(-7200) })}`)).principalId).toBe('ada');
    vi.restoreAllMocks();
  });
});

test.each([
  [{}, /SERVING_SERVICE is not set/],
  [
    { SERVING_SERVICE: 'iris', SERVING_JWT: '{"issuer":"https://a.example"}' },
    /must name issuer, audience and jwksUri/,
  ],
  [
    {
      SERVING_SERVICE: 'iris',
      SERVING_JWT: '{"issuer":"https://a.example","audience":["a"],"jwksUri":"http://a.example/keys"}',
    },
    /must name issuer/,
  ],
])('settings that do not protect are refused at start: %j', (env, message) => {
  expect(() => readSettings(env)).toThrow(message);
});
