import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { Auth, Model, Predictor, Synchronous, WebSingle } from '../../lib';
import { newStack } from './stack';

test('cdk-nag finds nothing that is not acknowledged with a reason', () => {
  const stack = newStack();
  const app = stack.node.root as App;
  new WebSingle(stack, 'Iris', { model: Model.fromAsset('models/iris') });
  new Synchronous(stack, 'Digits', { model: Model.fromAsset('models/digits'), accessLogs: true, auth: Auth.iam() });
  new Predictor(stack, 'Alone', { model: Model.fromAsset('models/iris') });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
  Validations.of(app).addPlugins(new ServerlessChecks(app, { verbose: true }));
  expect(() => app.synth()).not.toThrow();
});
