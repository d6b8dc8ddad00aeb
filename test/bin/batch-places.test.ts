import { expect, test } from 'vitest';
import { placesOf } from '../../bin/batch/service-batch';

const resources = { inputBucket: 'in', outputBucket: 'out', stateMachine: 'arn:machine', table: 'runs' };

test.each([
  ['s3://in/input/', 'input/'],
  ['s3://in/days/{date}/rows.csv', 'days/'],
  ['s3://in/day-{date}/', ''],
  ['s3://in/one/file.csv', 'one/'],
])('[4.1] of a service that reads %s a file of this machine is laid below "%s"', (url, inputPrefix) => {
  expect(placesOf({ service: 'flowers', pattern: 'batch', resources, url })).toMatchObject({ inputPrefix });
});

test('[4.1] a service of another pattern has no runs', () => {
  expect(() => placesOf({ service: 'iris', pattern: 'web-single', resources: {} })).toThrow(
    'iris has no runs: its pattern is web-single.',
  );
});
