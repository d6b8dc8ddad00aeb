import { describe, expect, test } from 'vitest';
import { entry, problemsIn } from './temporary-configuration';

const model = 'model: models/iris';

describe('a file of another version says what to do [12.4]', () => {
  test.each([
    [
      'missing',
      entry(model).replace('templateVersion: 1\n', ''),
      'serving.yaml:1: templateVersion is missing. Write "templateVersion: 1" as the first line: it names the format of the rest.',
    ],
    [
      'an empty file',
      '',
      'serving.yaml:1: templateVersion is missing. Write "templateVersion: 1" as the first line: it names the format of the rest.',
    ],
    [
      'newer',
      entry(model).replace('templateVersion: 1', 'templateVersion: 2'),
      'serving.yaml:1: templateVersion 2 is newer than what this release of cdk-ml-serving reads, 1. Upgrade cdk-ml-serving.',
    ],
    [
      'no version at all',
      entry(model).replace('templateVersion: 1', 'templateVersion: one'),
      'serving.yaml:1: templateVersion must be 1; got "one". Write "templateVersion: 1".',
    ],
  ])('%s', (_, yaml, message) => {
    expect(problemsIn(yaml)).toEqual([message]);
  });
});
