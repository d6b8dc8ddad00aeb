import type { APIGatewayProxyEvent } from 'aws-lambda';
import { expect, test } from 'vitest';
import { baseUrlOf } from '../../../lambdas/shared/http/base-url';
import { preferencesOf } from '../../../lambdas/shared/http/prefer';
import { principalOf } from '../../../lambdas/shared/http/principal';
import { checkIdempotencyKey, isJobId, newJobId } from '../../../lambdas/shared/jobs/job-id';

const event = (fields: object) => ({ headers: {}, requestContext: {}, ...fields }) as unknown as APIGatewayProxyEvent;

test.each([
  ['respond-async', { respondAsync: true, waitSeconds: undefined }],
  ['Respond-Async, wait=10', { respondAsync: true, waitSeconds: 10 }],
  ['wait = "5"; x=1', { respondAsync: false, waitSeconds: 5 }],
  ['wait=-1', { respondAsync: false, waitSeconds: undefined }],
  ['wait=1e9, wait=', { respondAsync: false, waitSeconds: undefined }],
  ['', { respondAsync: false, waitSeconds: undefined }],
])('[3.1] what a client prefers: %s', (prefer, expected) => {
  expect(preferencesOf(event({ headers: { Prefer: prefer } }))).toEqual(expected);
});

test.each([
  [
    'its own name',
    'a1.execute-api.eu-central-1.amazonaws.com',
    '/v1/v2/models/digits/infer',
    'https://a1.execute-api.eu-central-1.amazonaws.com/v1',
  ],
  ['a domain of your own', 'models.example.org', '/v2/models/digits/infer', 'https://models.example.org'],
  ['one with a base path', 'models.example.org', '/digits/v2/models/digits/infer', 'https://models.example.org/digits'],
  ['a path with an escaped slash', 'models.example.org', '/v2/models/a%2Fb/infer', 'https://models.example.org'],
])('[3.1] where a job is found, of an API under %s', (_, domainName, path, expected) => {
  const resource = '/v2/models/{model}/infer';
  expect(baseUrlOf(event({ resource, headers: { Host: 'evil.example' }, requestContext: { domainName, path } }))).toBe(
    expected,
  );
});

test.each(['http', 'HTTP'])('[3.1] where a job is found, of an emulator: %s', (scheme) => {
  const requestContext = { domainName: 'localhost:4566', path: '/v1/v2/models/digits/infer' };
  const headers = { 'X-Forwarded-Proto': scheme };
  expect(baseUrlOf(event({ resource: '/v2/models/{model}/infer', headers, requestContext }))).toBe(
    'http://localhost:4566/v1',
  );
});

test('[3.2] a caller is who the gateway checked; a role is the same in each of its sessions', () => {
  const of = (requestContext: object) => principalOf(event({ requestContext }));
  const session = (name: string) =>
    of({ identity: { userArn: `arn:aws:sts::123456789012:assumed-role/Batch/${name}` } });
  expect(session('one')).toBe(session('two'));
  const callers = [
    session('one'),
    of({ identity: { userArn: 'arn:aws:sts::123456789012:assumed-role/Other/one' } }),
    of({ identity: { userArn: 'arn:aws:iam::123456789012:user/Batch' } }),
    of({ authorizer: { principalId: 'somebody' } }),
    of({ authorizer: { claims: { sub: 'somebody else' } } }),
    of({ identity: { apiKeyId: 'k1' } }),
    of({}),
  ];
  expect(new Set(callers).size).toBe(callers.length);
});

test('[3.3] a key gives one id for each service and caller; without one, ids are random', () => {
  expect(newJobId('s', 'a', 'k')).toBe(newJobId('s', 'a', 'k'));
  const ids = [
    newJobId('s', 'a', 'k'),
    newJobId('t', 'a', 'k'),
    newJobId('s', 'b', 'k'),
    newJobId('s', 'a', 'l'),
    newJobId('s', 'a'),
    newJobId('s', 'a'),
  ];
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every(isJobId)).toBe(true);
  expect(['../x', 'A'.repeat(32), `${ids[0]}0`, undefined].some(isJobId)).toBe(false);
});

test.each(['', ' ', 'ü', 'a'.repeat(256), 'a\nb'])('[3.3] what is no key is refused: %j', (key) => {
  expect(() => checkIdempotencyKey(key)).toThrow(/Idempotency-Key must be/);
});
