import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { Project, ROOT } from './init-project';

let project: Project;
beforeEach(() => {
  project = new Project();
  const model = path.join(ROOT, 'models/iris');
  project.write(
    'serving.yaml',
    `templateVersion: 1
environments: { local: { local: true } }
services:
  flowers: { pattern: batch, model: ${model} }
`,
  );
  project.write('rows.csv', 'id\n1\n');
});

/** No AWS, and no emulator: what is found wrong was found without them. */
const batch = (...args: string[]) => project.run('batch', 'flowers', ...args, '--endpoint', 'http://127.0.0.1:9');

test.each([
  [['--date', '31.1.2027'], 'A day is written yyyy-mm-dd; got 31.1.2027.'],
  [['--date', '2027-02-31'], 'A day is written yyyy-mm-dd; got 2027-02-31.'],
  [['--from', '2027-13-01'], 'A day is written yyyy-mm-dd; got 2027-13-01.'],
  [
    ['--from', '2027-02-02', '--to', '2027-02-01'],
    'must not be after the last; got --from 2027-02-02 --to 2027-02-01.',
  ],
  [['--run', 'a/b'], 'The name of a run is letters, digits'],
  [['no-rows.csv'], 'There is no file'],
  [['s3://'], 'A place in S3 is s3://bucket/key or s3://bucket/prefix/; got s3://.'],
])('[4.1] %j is wrong before anything is asked', async (args, problem) => {
  const { exitCode, stderr } = await batch(...args);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(problem)]);
});

test.each([
  [['rows.csv', '--date', '2028-02-29']],
  [['s3://rows/input/', '--from', '2027-02-01', '--to', '2027-02-01']],
  [['--status']],
])('[4.1] %j is right, and asked', async (args) => {
  const { exitCode, stderr } = await batch(...args);
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('Nothing answers at http://127.0.0.1:9.')]);
});
