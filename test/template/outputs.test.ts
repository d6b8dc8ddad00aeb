import { describe, expect, test } from 'vitest';
import { build, templateOf } from './stacks';
import { irisModel } from './temporary-configuration';

const yaml = `
templateVersion: 1
environments:
  local: { local: true, defaults: { auth: none } }
services:
  iris: { pattern: web-single, model: ${irisModel} }
  signed: { pattern: synchronous, model: ${irisModel}, auth: iam }
`;

describe('a stack says what it holds', () => {
  test('its tags name service, pattern and template version [12.4]', () => {
    const stack = build(yaml, 'local')['serving-local-signed'];
    expect(stack?.tags.tagValues()).toEqual({ service: 'local-signed', pattern: 'synchronous', templateVersion: '1' });
  });

  test('its output Serving is JSON with what people look up', () => {
    const template = templateOf(build(yaml, 'local'), 'serving-local-iris');
    const [, parts] = template.toJSON().Outputs.Serving.Value['Fn::Join'];
    const text = parts.map((part: string | { Ref: string }) => (typeof part === 'string' ? part : part.Ref)).join('');
    const { resources, ...service } = JSON.parse(text);
    expect(service).toEqual({
      service: 'iris',
      pattern: 'web-single',
      model: 'iris',
      auth: 'none',
      apiId: expect.stringMatching(/^ServiceApiRestApi/),
      stage: expect.stringMatching(/^ServiceApiRestApiDeploymentStage/),
    });
    const types = template.toJSON().Resources;
    const typed = Object.entries<string>(resources).map(([role, id]) => [role, types[id].Type]);
    expect(Object.fromEntries(typed)).toEqual({
      function: 'AWS::Lambda::Function',
      alias: 'AWS::Lambda::Alias',
      logGroup: 'AWS::Logs::LogGroup',
      role: 'AWS::IAM::Role',
      restApi: 'AWS::ApiGateway::RestApi',
      dashboard: 'AWS::CloudWatch::Dashboard',
      latencyAlarm: 'AWS::CloudWatch::Alarm',
      errorAlarm: 'AWS::CloudWatch::Alarm',
      throttleAlarm: 'AWS::CloudWatch::Alarm',
      apiErrorAlarm: 'AWS::CloudWatch::Alarm',
    });
  });
});
