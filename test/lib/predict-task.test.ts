import { Template } from 'aws-cdk-lib/assertions';
import { DefinitionBody, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { expect, test } from 'vitest';
import { Model, Predictor } from '../../lib';
import { newStack } from './stack';

test('a state machine of predictTask speaks the predictor contract and may call that predictor alone', () => {
  const stack = newStack();
  const predictor = new Predictor(stack, 'Iris', { model: Model.fromAsset('models/iris') });
  new StateMachine(stack, 'Machine', {
    stateMachineType: StateMachineType.EXPRESS,
    definitionBody: DefinitionBody.fromChainable(
      predictor.predictTask(stack, 'Ask', { requestId: '{% $states.input.id %}' }),
    ),
  });
  const template = Template.fromStack(stack);
  const [machine] = Object.values(template.findResources('AWS::StepFunctions::StateMachine'));
  const definition = JSON.stringify(machine?.Properties.DefinitionString);
  expect(definition).toContain('\\"v\\":1');
  expect(definition).toContain('\\"requestId\\":\\"{% $states.input.id %}\\"');
  expect(definition).toContain('\\"TimeoutSeconds\\":11');
  const statements = Object.values(template.findResources('AWS::IAM::Policy'))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .filter(({ Action }) => Action === 'lambda:InvokeFunction');
  expect(JSON.stringify(statements)).toContain(JSON.stringify(stack.resolve(predictor.alias.functionArn)));
  expect(JSON.stringify(statements)).not.toContain('"Resource":"*"');
});
