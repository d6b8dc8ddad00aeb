import { Match, Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { InterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { describe, expect, test } from 'vitest';
import { Auth, InferenceApi, type InferenceApiOptions, Model, Predictor } from '../../lib';
import { newStack } from './stack';

function newApi(options: InferenceApiOptions | ((scope: Construct) => InferenceApiOptions)) {
  const stack = newStack();
  const predictor = new Predictor(stack, 'Iris', { model: Model.fromAsset('models/iris') });
  const chosen = typeof options === 'function' ? options(stack) : options;
  const api = new InferenceApi(stack, 'Api', { handler: predictor, ...chosen });
  return { stack, api, template: Template.fromStack(stack) };
}

const certificate = (scope: Construct) =>
  Certificate.fromCertificateArn(scope, 'Certificate', 'arn:aws:acm:eu-west-1:111111111111:certificate/abc');
const endpoint = (scope: Construct) =>
  InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(scope, 'Endpoint', { vpcEndpointId: 'vpce-1', port: 443 });
const statementsOf = (template: Template) => {
  const [api] = Object.values(template.findResources('AWS::ApiGateway::RestApi'));
  return api?.Properties.Policy?.Statement;
};

describe('a domain', () => {
  test('is a name with TLS 1.2 that leads to the stage, and the URL', () => {
    const { template, api, stack } = newApi((scope) => ({
      domain: { domainName: 'models.example.org', certificate: certificate(scope), basePath: 'iris' },
    }));
    template.hasResourceProperties('AWS::ApiGateway::DomainName', {
      DomainName: 'models.example.org',
      SecurityPolicy: 'TLS_1_2',
      EndpointConfiguration: { Types: ['REGIONAL'] },
      RegionalCertificateArn: 'arn:aws:acm:eu-west-1:111111111111:certificate/abc',
    });
    template.hasResourceProperties('AWS::ApiGateway::BasePathMapping', {
      BasePath: 'iris',
      Stage: stack.resolve(api.restApi.deploymentStage.stageName),
    });
    expect(api.url).toBe('https://models.example.org/iris');
    expect(api.domainName).toBeDefined();
  });
});

test('a web ACL filters what reaches the stage', () => {
  const webAclArn = 'arn:aws:wafv2:eu-west-1:111111111111:regional/webacl/ours/0123';
  newApi({ webAclArn }).template.hasResourceProperties('AWS::WAFv2::WebACLAssociation', {
    WebACLArn: webAclArn,
    ResourceArn: Match.anyValue(),
  });
});

test('[X.9] inference may be let through less often than the rest', () => {
  const { template } = newApi({ throttle: { rate: 20, burst: 40 }, inferThrottle: { rate: 2, burst: 3 } });
  const [stage] = Object.values(template.findResources('AWS::ApiGateway::Stage'));
  const settings: Record<string, unknown>[] = stage?.Properties.MethodSettings;
  expect(settings).toContainEqual(
    expect.objectContaining({ HttpMethod: '*', ResourcePath: '/*', ThrottlingRateLimit: 20 }),
  );
  const limited = settings.filter(({ ThrottlingRateLimit }) => ThrottlingRateLimit === 2);
  expect(limited.map(({ HttpMethod, ResourcePath }) => `${HttpMethod} ${ResourcePath}`).sort()).toEqual([
    'POST /~1predict',
    'POST /~1v2~1models~1{model}~1infer',
    'POST /~1v2~1models~1{model}~1versions~1{version}~1infer',
  ]);
});

describe('[X.8] access', () => {
  test('an API without it has no resource policy', () => {
    expect(statementsOf(newApi({}).template)).toBeUndefined();
  });

  test('by IAM: the policies of accounts decide, and no caller is let in by the resource policy alone', () => {
    const { template } = newApi({ access: { accounts: ['222222222222'], cidrs: ['203.0.113.0/24'] } });
    expect(statementsOf(template)).toEqual([
      {
        Effect: 'Allow',
        Action: 'execute-api:Invoke',
        Resource: 'execute-api:/*',
        Principal: {
          AWS: ['111111111111', '222222222222'].map((account) => ({
            'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:iam::${account}:root`]],
          })),
        },
      },
      {
        Effect: 'Deny',
        Action: 'execute-api:Invoke',
        Resource: 'execute-api:/*',
        Principal: { AWS: '*' },
        Condition: { NotIpAddress: { 'aws:SourceIp': ['203.0.113.0/24'] } },
      },
    ]);
  });

  test('a private API answers its VPC endpoints alone', () => {
    const { template } = newApi((scope) => ({
      auth: Auth.none(),
      access: { vpcEndpoints: [endpoint(scope)], cidrs: ['10.0.0.0/8'] },
    }));
    template.hasResourceProperties('AWS::ApiGateway::RestApi', {
      EndpointConfiguration: { Types: ['PRIVATE'], VpcEndpointIds: ['vpce-1'] },
    });
    expect(statementsOf(template)).toMatchObject([
      { Effect: 'Allow', Principal: { AWS: '*' } },
      { Effect: 'Deny', Condition: { StringNotEquals: { 'aws:SourceVpce': ['vpce-1'] } } },
      { Effect: 'Deny', Condition: { NotIpAddress: { 'aws:VpcSourceIp': ['10.0.0.0/8'] } } },
    ]);
  });
});

test.each<[InferenceApiOptions, RegExp]>([
  [{ access: { cidrs: [] } }, /access\.cidrs is empty, which would let nobody in/],
  [{ access: { cidrs: ['203.0.113.1'] } }, /access\.cidrs must be address ranges .*; got "203\.0\.113\.1"/],
  [{ access: { accounts: ['12'] } }, /access\.accounts must be account ids of twelve digits; got "12"/],
  [{ auth: Auth.none(), access: { accounts: ['222222222222'] } }, /access\.accounts needs auth iam/],
  [{ webAclArn: 'arn:aws:wafv2:us-east-1:111111111111:global/webacl/a/b' }, /webAclArn must be the ARN of a regional/],
  [{ inferThrottle: { rate: -1, burst: 1 } }, /inferThrottle\.rate must be a number greater than 0; got -1/],
  [{ throttle: { rate: 1, burst: 0.5 } }, /throttle\.burst must be a whole number; got 0\.5/],
])('a wrong option is refused with the value it got: %j', (options, message) => {
  expect(() => newApi(options)).toThrow(message);
});

test.each([
  [{ domainName: 'Models.example.org' }, /domain\.domainName must be a lower-case name/],
  [{ domainName: 'models.example.org', basePath: 'a/b' }, /domain\.basePath must be one segment/],
])('a wrong domain is refused: %j', (domain, message) => {
  expect(() => newApi((scope) => ({ domain: { certificate: certificate(scope), ...domain } }))).toThrow(message);
  expect(() =>
    newApi((scope) => ({
      domain: { certificate: certificate(scope), domainName: 'a.example' },
      access: { vpcEndpoints: [endpoint(scope)] },
    })),
  ).toThrow(/domain is for public APIs/);
});
