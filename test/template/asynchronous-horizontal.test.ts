import { expect, test } from 'vitest';
import { build, templateOf } from './stacks';
import { irisModel, problemsIn } from './temporary-configuration';

const file = (...models: string[]) =>
  [
    'templateVersion: 1',
    'environments: { production: }',
    'services:',
    '  jury:',
    '    pattern: asynchronous-horizontal',
    '    quorum: 1',
    '    models:',
    ...models.map((model) => `      - ${model}`),
    '',
  ].join('\n');

test('[7.5] works from serving.yaml: a queue for each model, one more by a line more', () => {
  const two = ['{ name: one, model: models/iris }', '{ name: two, model: models/iris, weight: 2, deadline: 20s }'];
  const subscriptions = (...models: string[]) => {
    const yaml = file(...models.map((model) => model.replace('models/iris', irisModel)));
    return Object.keys(templateOf(build(yaml), 'serving-production-jury').findResources('AWS::SNS::Subscription'));
  };
  expect(subscriptions(...two)).toHaveLength(2);
  const three = subscriptions(...two, '{ name: three, predictor: { model: models/iris, deadline: 3s } }');
  expect(three).toHaveLength(3);
  expect(three).toEqual(expect.arrayContaining(subscriptions(...two)));
});

test('[7.5] what a model is told that it cannot be told is refused by file, line and field', () => {
  const [problem] = problemsIn(file('{ name: one, model: models/iris, timeout: 3s }', '{ model: models/iris }'));
  expect(problem).toContain('serving.yaml:8: services.jury.models[0].timeout is not known');
});
