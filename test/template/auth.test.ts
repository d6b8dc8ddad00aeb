import { describe, expect, test } from 'vitest';
import type { Auth } from '../../lib';
import { VALUE_TYPES } from '../../lib/template/values';
import { aPlace } from './stacks';
import { entry, problemsIn } from './temporary-configuration';

const pool = 'arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_abc';
const authOf = (written: unknown): Auth => VALUE_TYPES['cdk-ml-serving.Auth']?.toCdk(written, aPlace('auth')) as Auth;
const problemsOf = (...auth: string[]) => problemsIn(entry('model: models/iris', ...auth));

describe('[X.8] who may call is written in serving.yaml', () => {
  const jwt = { issuer: 'https://issuer.example', audience: 'models' };

  test.each<[unknown, string]>([
    ['iam', 'iam'],
    ['none', 'none'],
    [{ jwt }, 'jwt'],
    [{ jwt: { ...jwt, audience: ['models', 'web'], scopes: ['predict'] } }, 'jwt'],
    [{ cognito: pool }, 'cognito'],
    [{ apiKey: { rate: 5, burst: 10, quotaPerDay: 1000, callers: ['ada'] } }, 'apiKey'],
    [{ apiKey: null }, 'apiKey'],
    [{ iam: true, apiKey: {} }, 'iam+apiKey'],
    [{ jwt, apiKey: {} }, 'jwt+apiKey'],
  ])('%j', (written, kind) => {
    expect(problemsOf(`auth: ${JSON.stringify(written)}`)).toEqual([]);
    expect(authOf(written)._kind).toBe(kind);
  });

  const ways = 'iam, none, or a map of jwt, cognito, or apiKey (which can stand beside iam: true, jwt or cognito)';
  test.each<[string, string]>([
    ['auth: 7', `services.iris.auth must be ${ways}; got 7.`],
    ['auth: non', `services.iris.auth must be ${ways}; got "non"; did you mean none?`],
    ['auth: {}', 'services.iris.auth must have at least one entry.'],
    [
      'auth: { jwks: x }',
      'services.iris.auth.jwks is not known; did you mean jwt? Allowed: iam, jwt, cognito, apiKey.',
    ],
    ['auth: { jwt: { issuer: "https://a.example" } }', 'services.iris.auth.jwt.audience is missing; it must be a text'],
    [
      'auth: { jwt: { issuer: "https://a.example", audience: [] } }',
      'services.iris.auth.jwt.audience must be a text, or a list of texts: for whom tokens are made; got [].',
    ],
    ['auth: { cognito: my-pool }', 'services.iris.auth.cognito must be the ARN of a user pool'],
    [
      'auth: { apiKey: { rate: 0, burst: 1 } }',
      'services.iris.auth.apiKey.rate must be a number greater than 0; got 0.',
    ],
    [
      `auth: { iam: true, cognito: "${pool}" }`,
      'services.iris.auth names iam and cognito: a service has one way to authenticate',
    ],
  ])('%s is refused', (line, message) => {
    const [problem, ...others] = problemsOf(line);
    expect(others).toEqual([]);
    expect(problem).toContain(`serving.yaml:7: ${message}`);
  });
});
