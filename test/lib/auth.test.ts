import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { describe, expect, test } from 'vitest';
import { ENV } from '../../lambdas/shared/contract';
import { type ApiKeyOptions, Auth, InferenceApi, type JwtOptions, Model, Predictor } from '../../lib';
import { newStack } from './stack';

const JWT: JwtOptions = { issuer: 'https://issuer.example', audience: ['models'] };

function newApi(auth: Auth | ((stack: ReturnType<typeof newStack>) => Auth), corsOrigin?: string) {
  const stack = newStack();
  const predictor = new Predictor(stack, 'Iris', { model: Model.fromAsset('models/iris'), serviceName: 'flowers' });
  const chosen = typeof auth === 'function' ? auth(stack) : auth;
  const api = new InferenceApi(stack, 'Api', { handler: predictor, auth: chosen, corsOrigin });
  const template = Template.fromStack(stack);
  const resources = Object.values(template.findResources('AWS::ApiGateway::Method'));
  const methods = resources.map(({ Properties }) => Properties).filter(({ HttpMethod }) => HttpMethod !== 'OPTIONS');
  return { stack, api, template, methods };
}

function statusOf(template: Template, type: string): string | undefined {
  const [found] = Object.values(
    template.findResources('AWS::ApiGateway::GatewayResponse', { Properties: { ResponseType: type } }),
  );
  return found?.Properties.StatusCode;
}

describe('[X.8] every method of an API asks for what is chosen', () => {
  test.each<[string, Auth, object]>([
    ['iam', Auth.iam(), { AuthorizationType: 'AWS_IAM' }],
    ['none', Auth.none(), { AuthorizationType: 'NONE' }],
    ['jwt', Auth.jwt(JWT), { AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: expect.any(String) } }],
    ['apiKey', Auth.apiKey(), { AuthorizationType: 'NONE', ApiKeyRequired: true }],
    ['iam+apiKey', Auth.iam().withApiKey(), { AuthorizationType: 'AWS_IAM', ApiKeyRequired: true }],
    ['jwt+apiKey', Auth.jwt(JWT).withApiKey(), { AuthorizationType: 'CUSTOM', ApiKeyRequired: true }],
  ])('%s', (kind, auth, expected) => {
    const { methods, api } = newApi(auth);
    expect(api.auth._kind).toBe(kind);
    expect(methods.length).toBeGreaterThan(5);
    for (const method of methods) expect(method).toMatchObject(expected);
    if (!kind.includes('apiKey')) expect(methods.every(({ ApiKeyRequired }) => !ApiKeyRequired)).toBe(true);
  });

  test('cognito', () => {
    const { methods, template } = newApi((stack) => Auth.cognito(new UserPool(stack, 'Pool'), ['models/predict']));
    for (const method of methods) {
      expect(method).toMatchObject({
        AuthorizationType: 'COGNITO_USER_POOLS',
        AuthorizationScopes: ['models/predict'],
      });
    }
    template.hasResourceProperties('AWS::ApiGateway::Authorizer', {
      Type: 'COGNITO_USER_POOLS',
      ProviderARNs: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^Pool'), 'Arn'] }],
      AuthorizerResultTtlInSeconds: 60,
    });
  });

  test('preflight requests of browsers are never asked, and may send the headers of the choice', () => {
    const { template } = newApi(Auth.jwt(JWT).withApiKey(), 'https://example.org');
    for (const { Properties } of Object.values(
      template.findResources('AWS::ApiGateway::Method', { Properties: { HttpMethod: 'OPTIONS' } }),
    )) {
      expect(Properties).toMatchObject({
        AuthorizationType: 'NONE',
        Integration: { Type: 'MOCK', ContentHandling: 'CONVERT_TO_TEXT' },
      });
      expect(Properties.ApiKeyRequired).toBeFalsy();
      const { ResponseParameters } = Properties.Integration.IntegrationResponses[0];
      const allowed: string = ResponseParameters['method.response.header.Access-Control-Allow-Headers'];
      expect(allowed).toContain('authorization');
      expect(allowed).toContain('x-api-key');
    }
  });

  test('an unknown route is 404, but where requests are signed the gateway cannot tell it from a missing signature', () => {
    expect(statusOf(newApi(Auth.jwt(JWT)).template, 'MISSING_AUTHENTICATION_TOKEN')).toBe('404');
    expect(statusOf(newApi(Auth.iam()).template, 'MISSING_AUTHENTICATION_TOKEN')).toBe('403');
    expect(statusOf(newApi(Auth.iam()).template, 'DEFAULT_4XX')).toBe('403');
  });
});

describe('Auth.jwt()', () => {
  const settingsOf = (template: Template) => {
    const functions = Object.values(template.findResources('AWS::Lambda::Function'));
    const text = functions.map(({ Properties }) => Properties.Environment?.Variables[ENV.jwt]).find(Boolean);
    return JSON.parse(text);
  };

  test('[X.8] its function runs for a header alone, with settings, a role and a log group of its own', () => {
    const { template, stack, api } = newApi(Auth.jwt(JWT));
    template.hasResourceProperties('AWS::ApiGateway::Authorizer', {
      Type: 'REQUEST',
      IdentitySource: 'method.request.header.Authorization',
      AuthorizerResultTtlInSeconds: 60,
    });
    expect(settingsOf(template)).toEqual({
      issuer: 'https://issuer.example',
      audience: ['models'],
      jwksUri: 'https://issuer.example/.well-known/jwks.json',
      scopes: [],
      leewaySeconds: 10,
    });
    const role = stack.resolve(api.jwtAuthorizer?.role.roleName);
    const policies = Object.values(template.findResources('AWS::IAM::Policy', { Properties: { Roles: [role] } }));
    const actions = policies.flatMap(({ Properties }) =>
      Properties.PolicyDocument.Statement.flatMap(({ Action }: { Action: string[] }) => Action),
    );
    expect(actions).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
    const [authorizer] = Object.values(template.findResources('AWS::IAM::Role', {}));
    expect(authorizer?.Properties.ManagedPolicyArns).toBeUndefined();
    template.hasResourceProperties('AWS::Lambda::Function', {
      LoggingConfig: { LogGroup: stack.resolve(api.jwtAuthorizer?.logGroup.logGroupName) },
      Environment: { Variables: Match.objectLike({ SERVING_SERVICE: 'flowers' }) },
    });
  });

  test('options reach it', () => {
    const { template } = newApi(
      Auth.jwt({
        ...JWT,
        jwksUri: 'https://keys.example/v1',
        scopes: ['predict'],
        clockTolerance: Duration.minutes(1),
        cacheTtl: Duration.minutes(5),
      }),
    );
    expect(settingsOf(template)).toMatchObject({
      jwksUri: 'https://keys.example/v1',
      scopes: ['predict'],
      leewaySeconds: 60,
    });
    template.hasResourceProperties('AWS::ApiGateway::Authorizer', { AuthorizerResultTtlInSeconds: 300 });
  });

  test.each<[Partial<JwtOptions>, RegExp]>([
    [{ issuer: 'issuer.example' }, /auth\.jwt\.issuer must be an https URL .*; got "issuer\.example"/],
    [{ issuer: 'http://issuer.example' }, /must be an https URL \(http for localhost alone\); got "http:/],
    [{ jwksUri: 'http://localhost.evil.example/keys' }, /auth\.jwt\.jwksUri must be an https URL/],
    [{ jwksUri: 'http://localhost@evil.example/keys' }, /auth\.jwt\.jwksUri must be an https URL/],
    [{ audience: [] }, /auth\.jwt\.audience must name at least one audience.*; got \[\]/],
    [{ scopes: ['a b'] }, /auth\.jwt\.scopes must be scopes without spaces.*; got \["a b"\]/],
    [{ clockTolerance: Duration.hours(1) }, /auth\.jwt\.clockTolerance must be .* at most 300; got 3600 s/],
    [{ cacheTtl: Duration.days(1) }, /auth\.jwt\.cacheTtl must be .* at most 3600; got 86400 s/],
  ])('what does not protect is refused: %j', (options, message) => {
    expect(() => Auth.jwt({ ...JWT, ...options })).toThrow(message);
  });

  test('http is for servers on the same machine', () => {
    for (const host of ['localhost:8080', '127.0.0.1', '[::1]:3000']) {
      expect(() => Auth.jwt({ ...JWT, jwksUri: `http://${host}/keys` })).not.toThrow();
    }
  });
});

describe('Auth.apiKey()', () => {
  test('[X.8] each caller has a key within the limits', () => {
    const { template, api, stack } = newApi(
      Auth.apiKey({ callers: ['ada', 'bob'], rate: 5, burst: 10, quotaPerDay: 1000 }),
    );
    template.hasResourceProperties('AWS::ApiGateway::UsagePlan', {
      ApiStages: [{ ApiId: stack.resolve(api.restApi.restApiId), Stage: { Ref: Match.anyValue() } }],
      Throttle: { RateLimit: 5, BurstLimit: 10 },
      Quota: { Limit: 1000, Period: 'DAY' },
    });
    template.resourceCountIs('AWS::ApiGateway::ApiKey', 2);
    template.resourceCountIs('AWS::ApiGateway::UsagePlanKey', 2);
    template.hasResourceProperties('AWS::ApiGateway::ApiKey', { Enabled: true, Description: 'ada' });
  });

  test('without options there is one key, with the limits of the API', () => {
    const { template } = newApi(Auth.apiKey());
    template.resourceCountIs('AWS::ApiGateway::UsagePlanKey', 1);
    template.hasResourceProperties('AWS::ApiGateway::UsagePlan', { Throttle: Match.absent(), Quota: Match.absent() });
  });

  test.each<[ApiKeyOptions, RegExp]>([
    [{ rate: 0, burst: 1 }, /auth\.apiKey\.rate must be a number greater than 0; got 0/],
    [{ rate: 1, burst: 1.5 }, /auth\.apiKey\.burst must be a whole number greater than 0; got 1\.5/],
    [{ rate: 1 }, /auth\.apiKey\.burst is missing: rate and burst belong together/],
    [{ quotaPerDay: -1 }, /auth\.apiKey\.quotaPerDay must be a whole number greater than 0; got -1/],
    [{ callers: ['ada', 'ada'] }, /auth\.apiKey\.callers must be different names.*; got \["ada","ada"\]/],
    [{ callers: ['a/b'] }, /auth\.apiKey\.callers must be/],
  ])('a wrong limit is refused with the value it got: %j', (options, message) => {
    expect(() => Auth.apiKey(options)).toThrow(message);
    expect(() => Auth.iam().withApiKey(options)).toThrow(message);
  });

  test('a key beside nothing, or twice, is refused', () => {
    expect(() => Auth.none().withApiKey()).toThrow(/Auth\.none\(\) asks for nothing.*Auth\.apiKey\(\)/);
    expect(() => Auth.iam().withApiKey().withApiKey()).toThrow(/called twice/);
    expect(() => Auth.apiKey().withApiKey()).toThrow(/called twice/);
  });
});
