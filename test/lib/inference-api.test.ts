import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import { ERROR_STATUS, ROUTES } from '../../lambdas/shared/contract';
import {
  Auth,
  InferenceApi,
  type InferenceApiOptions,
  Model,
  Predictor,
  type PredictorOptions,
  ServingAccount,
} from '../../lib';
import { newStack } from './stack';

function newApi(options: InferenceApiOptions = {}, predictorOptions: PredictorOptions = {}) {
  const stack = newStack();
  const predictor = new Predictor(stack, 'Iris', { model: Model.fromAsset('models/iris'), ...predictorOptions });
  const api = new InferenceApi(stack, 'Api', { handler: predictor, ...options });
  return { stack, predictor, api };
}

describe('an API with all defaults', () => {
  const { stack, api } = newApi();
  const template = Template.fromStack(stack);
  const methods = Object.values(template.findResources('AWS::ApiGateway::Method')).map(({ Properties }) => Properties);

  test('has one method for every route of the protocol', () => {
    expect(methods.length).toBe(ROUTES.length);
  });

  test('[X.8] every method demands AWS IAM', () => {
    expect(new Set(methods.map(({ AuthorizationType }) => AuthorizationType))).toEqual(new Set(['AWS_IAM']));
  });

  test('[X.9] the stage throttles', () => {
    template.hasResourceProperties('AWS::ApiGateway::Stage', {
      StageName: 'v1',
      MethodSettings: [
        {
          HttpMethod: '*',
          ResourcePath: '/*',
          ThrottlingRateLimit: 50,
          ThrottlingBurstLimit: 100,
          DataTraceEnabled: false,
        },
      ],
    });
  });

  test('[X.4] the gateway waits for the deadline of the predictor and no longer', () => {
    expect(new Set(methods.map(({ Integration }) => Integration.TimeoutInMillis))).toEqual(new Set([10_000]));
  });

  test('calls the alias, which lets this API and nobody else', () => {
    const permissions = Object.values(template.findResources('AWS::Lambda::Permission'));
    expect(permissions).toHaveLength(1);
    expect(permissions[0]?.Properties).toMatchObject({
      Principal: 'apigateway.amazonaws.com',
      Action: 'lambda:InvokeFunction',
    });
    expect(JSON.stringify(permissions[0]?.Properties.SourceArn)).toContain(stack.resolve(api.restApi.restApiId).Ref);
  });

  test('leaves the account-wide role alone', () => {
    template.resourceCountIs('AWS::ApiGateway::Account', 0);
  });

  test('[2.3] every error of the gateway has the shape of ours, and a failed integration is a 503 with Retry-After', () => {
    const responses = Object.values(template.findResources('AWS::ApiGateway::GatewayResponse')).map(
      ({ Properties }) => Properties,
    );
    for (const { ResponseTemplates, StatusCode, ResponseParameters } of responses) {
      const body = JSON.parse(ResponseTemplates['application/json']);
      expect(Object.keys(body)).toEqual(['error', 'code', 'requestId']);
      expect(StatusCode).toBe(`${ERROR_STATUS[body.code as keyof typeof ERROR_STATUS]}`);
      expect(ResponseParameters['gatewayresponse.header.x-request-id']).toBe('context.requestId');
    }
    const status = Object.fromEntries(responses.map(({ ResponseType, StatusCode }) => [ResponseType, StatusCode]));
    expect(status).toMatchObject({
      THROTTLED: '429',
      INTEGRATION_TIMEOUT: '504',
      INTEGRATION_FAILURE: '503',
      DEFAULT_5XX: '503',
      REQUEST_TOO_LARGE: '413',
    });
    template.hasResourceProperties('AWS::ApiGateway::GatewayResponse', {
      ResponseType: 'DEFAULT_5XX',
      ResponseParameters: Match.objectLike({ 'gatewayresponse.header.retry-after': "'1'" }),
    });
  });
});

test('options reach the API', () => {
  const { stack } = newApi({
    auth: Auth.none(),
    throttle: { rate: 5, burst: 10 },
    corsOrigin: 'https://example.org',
    accessLogs: true,
    stageName: 'live',
  });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::ApiGateway::Stage', {
    StageName: 'live',
    AccessLogSetting: { DestinationArn: Match.anyValue() },
    MethodSettings: [Match.objectLike({ ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 })],
  });
  template.hasResourceProperties('AWS::ApiGateway::Method', { HttpMethod: 'POST', AuthorizationType: 'NONE' });
  template.hasResourceProperties('AWS::ApiGateway::Method', { HttpMethod: 'OPTIONS', AuthorizationType: 'NONE' });
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: Match.objectLike({ SERVING_CORS_ORIGIN: 'https://example.org' }) },
  });
  template.hasResourceProperties('AWS::ApiGateway::GatewayResponse', {
    ResponseType: 'THROTTLED',
    ResponseParameters: Match.objectLike({
      'gatewayresponse.header.access-control-allow-origin': "'https://example.org'",
    }),
  });
});

test('grantCall allows this stage of this API', () => {
  const { stack, api } = newApi();
  const role = new Role(stack, 'Caller', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
  api.grantCall(role);
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: { Statement: [Match.objectLike({ Action: 'execute-api:Invoke', Effect: 'Allow' })] },
    Roles: [stack.resolve(role.roleName)],
  });
});

test.each<[InferenceApiOptions, PredictorOptions, RegExp]>([
  [{}, { deadline: Duration.seconds(60) }, /deadline must be at most 29 s behind API Gateway; got 60 s.*asynchronous/],
  [{ throttle: { rate: 0, burst: 1 } }, {}, /throttle\.rate must be a number greater than 0; got 0/],
  [{ corsOrigin: 'example.org' }, {}, /corsOrigin must be "\*" or an origin such as .*; got "example\.org"/],
])('a wrong option is refused with the value it got: %j %j', (options, predictorOptions, message) => {
  expect(() => newApi(options, predictorOptions)).toThrow(message);
});

test('the account-wide role for access logs is a construct of its own, kept when its stack goes', () => {
  const stack = newStack();
  new ServingAccount(stack, 'Account');
  Template.fromStack(stack).hasResource('AWS::ApiGateway::Account', { DeletionPolicy: 'Retain' });
});
