import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { PREDICTORS } from '../../lib/template/patterns';
import { markdown, snippets } from '../docs/markdown';
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
    ['neither way', [], 'serving.yaml:4: services.iris needs either model or predictor; got neither.'],
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
    [
      'the name of a service',
      ['predictor: iris-v2'],
      'serving.yaml:6: services.iris.predictor names a folder that does not exist: iris-v2. A predictor is the folder of a model or a map, not a service.',
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

describe('what the reference says of predictors within predictors [12.1]', () => {
  const text = markdown.get('lib/template/README.md') ?? '';

  test('its example becomes a stack: a cache, a breaker, a graph and two models', () => {
    const [example = ''] = snippets('yaml')
      .filter(({ document }) => document === 'lib/template/README.md')
      .map((each) => each.text)
      .filter((each) => each.includes('pattern: circuit-break'));
    const yaml = example.replaceAll('models/', `${path.resolve('models')}/`);
    const stacks = build(`templateVersion: 1\nenvironments: { production: }\n${yaml}`);
    const template = templateOf(stacks, 'serving-production-digits');
    template.resourceCountIs('AWS::Lambda::Alias', 5);
    template.resourceCountIs('AWS::StepFunctions::StateMachine', 1);
    template.resourceCountIs('AWS::DynamoDB::Table', 2);
  });

  test('its table names all that a predictor can be, each with its construct', () => {
    const rows = [...text.matchAll(/^\| `([\w-]+)`[^|]* \| `([A-Z]\w+)` \| /gm)].map(([, name, construct]) => [
      name,
      construct,
    ]);
    const made = Object.entries(PREDICTORS).map(([name, { construct }]) => [name, construct.name]);
    expect(rows.sort()).toEqual(made.sort());
  });
});
