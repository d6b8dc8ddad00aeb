import { describe, expect, test } from 'vitest';
import { build, templateOf } from './stacks';
import { irisModel, problemsIn, problemsOf } from './temporary-configuration';

const file = (...lines: string[]) =>
  [
    'templateVersion: 1',
    'environments: { production: }',
    'services:',
    '  iris:',
    '    pattern: synchronous',
    ...lines.map((line) => `    ${line}`),
    '',
  ].join('\n');

describe('a predictor within an entry [12.1]', () => {
  test('is the folder of a model', () => {
    const template = templateOf(build(file(`predictor: ${irisModel}`)), 'serving-production-iris');
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { SERVING_DEADLINE_MS: '10000' } },
    });
  });

  test('or a map of what it is and its props', () => {
    const yaml = file('predictor:', `  model: ${irisModel}`, '  memory: 512 MiB', '  deadline: 3s', 'dashboard: false');
    const template = templateOf(build(yaml), 'serving-production-iris');
    template.hasResourceProperties('AWS::Lambda::Function', {
      MemorySize: 512,
      Environment: { Variables: { SERVING_DEADLINE_MS: '3000' } },
    });
    template.resourceCountIs('AWS::CloudWatch::Dashboard', 0);
  });

  test.each([
    [
      'both ways',
      [`model: models/iris`, `predictor: models/iris`],
      'serving.yaml:4: services.iris needs either model or predictor, not both.',
    ],
    ['neither way', [], 'serving.yaml:4: services.iris needs either model or predictor, not both.'],
    [
      'an unknown key inside',
      ['predictor:', '  model: models/iris', '  memroy: 512 MiB'],
      'serving.yaml:8: services.iris.predictor.memroy is not known; did you mean memory? Allowed: ',
    ],
    [
      'an unknown pattern inside',
      ['predictor:', '  pattern: modle', '  model: models/iris'],
      'serving.yaml:7: services.iris.predictor.pattern must be one of ',
    ],
    [
      'no model inside',
      ['predictor:', '  memory: 512 MiB'],
      'serving.yaml:6: services.iris.predictor.model is missing; it must be the path of the folder',
    ],
    [
      'a folder that is not there',
      ['predictor: models/irsi'],
      'serving.yaml:6: services.iris.predictor names a folder that does not exist: models/irsi; did you mean models/iris?',
    ],
  ])('%s', (_, lines, problem) => {
    expect(problemsIn(file(...lines))).toEqual([expect.stringContaining(problem)]);
  });

  test('what its construct refuses is said at its line', () => {
    const yaml = file('predictor:', `  model: ${irisModel}`, '  deadline: 20m');
    expect(problemsOf(() => build(yaml))).toEqual([
      expect.stringMatching(/^serving.yaml:\d: services.iris: deadline must be between 50 ms and 14 minutes/),
    ]);
  });
});
