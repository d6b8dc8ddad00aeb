import { expect, test } from 'vitest';
import type { Template } from '../../bin/local/assembly';
import { planFixups } from '../../bin/local/fixup';
import { targetAt } from '../../bin/local/target';

const target = targetAt('http://localhost:4566');

function plan(Resources: Template['Resources'], ids: Record<string, string>): string[] {
  return planFixups({ Resources }, new Map(Object.entries(ids)), target).map(({ what }) => what);
}

test('reserved concurrency is set, and taken away where it is not reserved any more', () => {
  const resources = {
    Front: { Type: 'AWS::Lambda::Function', Properties: { ReservedConcurrentExecutions: 0 } },
    Other: { Type: 'AWS::Lambda::Function' },
  };
  expect(plan(resources, { Front: 'front-1', Other: 'other-1' })).toEqual([
    'reserved concurrency of front-1: 0',
    'no reserved concurrency of other-1',
  ]);
});

test('LocalStack drops reserved concurrency, and keeps the rest', () => {
  const Resources = {
    Fn: { Type: 'AWS::Lambda::Function', Properties: { ReservedConcurrentExecutions: 2 } },
    Table: { Type: 'AWS::DynamoDB::Table', Properties: { TimeToLiveSpecification: { AttributeName: 'expiresAt' } } },
  };
  const ids = new Map([
    ['Fn', 'fn-1'],
    ['Table', 'table-1'],
  ]);
  const planned = planFixups({ Resources }, ids, target, 'localstack').map(({ what }) => what);
  expect(planned).toEqual(['reserved concurrency of fn-1: 2']);
});

test('a dead-letter queue is found through the reference in the template', () => {
  const resources = {
    Dlq: { Type: 'AWS::SQS::Queue' },
    Fn: {
      Type: 'AWS::Lambda::Function',
      Properties: { DeadLetterConfig: { TargetArn: { 'Fn::GetAtt': ['Dlq', 'Arn'] } } },
    },
  };
  expect(plan(resources, { Dlq: 'http://localhost:4566/000000000000/dlq-1', Fn: 'fn-1' })).toContain(
    'dead-letter queue of fn-1: arn:aws:sqs:us-east-1:000000000000:dlq-1',
  );
});

test('throttles of single methods, not the one of all methods', () => {
  const MethodSettings = [
    { ResourcePath: '/*', HttpMethod: '*', ThrottlingRateLimit: 100 },
    { ResourcePath: '/~1v2~1models', HttpMethod: 'POST', ThrottlingRateLimit: 1, ThrottlingBurstLimit: 2 },
    { ResourcePath: '/~1v2', HttpMethod: 'GET', MetricsEnabled: true },
  ];
  const resources = { Stage: { Type: 'AWS::ApiGateway::Stage', Properties: { MethodSettings } } };
  expect(plan(resources, { Stage: 'v1' })).toEqual(['throttle of POST /~1v2~1models']);
});

test('a request validator with the methods that name it', () => {
  const resources = {
    Validator: { Type: 'AWS::ApiGateway::RequestValidator', Properties: { ValidateRequestBody: true } },
    With: { Type: 'AWS::ApiGateway::Method', Properties: { RequestValidatorId: { Ref: 'Validator' } } },
    Without: { Type: 'AWS::ApiGateway::Method' },
  };
  const ids = { Validator: 'v', With: 'api-res-POST', Without: 'api-res-GET' };
  expect(plan(resources, ids)).toEqual(['request validator Validator of 1 methods']);
});

test('time to live of a table that has one', () => {
  const TimeToLiveSpecification = { AttributeName: 'expires', Enabled: true };
  const resources = {
    Jobs: { Type: 'AWS::DynamoDB::Table', Properties: { TimeToLiveSpecification } },
    Plain: { Type: 'AWS::DynamoDB::Table' },
  };
  expect(plan(resources, { Jobs: 'jobs-1', Plain: 'plain-1' })).toEqual(['time to live of jobs-1: expires']);
});

test('a resource that was not deployed (a condition was false) is left out', () => {
  expect(plan({ Fn: { Type: 'AWS::Lambda::Function' } }, {})).toEqual([]);
});
