import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findCdk, isWanted } from '../../bin/local/cdk-cli';
import { toolkitAt, workspaceOf } from '../../bin/local/workspace';
import { devDependencies } from '../../package.json';

const HINT = 'Install it in your project: npm install --save-dev aws-cdk@2.1148.1';

/** A project with a CDK command line of some version, or without one. */
async function project(version?: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'cdk-'));
  if (version !== undefined) {
    const cdk = join(dir, 'node_modules', 'aws-cdk');
    await mkdir(join(cdk, 'bin'), { recursive: true });
    await writeFile(join(cdk, 'package.json'), JSON.stringify({ version }));
    await writeFile(join(cdk, 'bin', 'cdk'), '');
  }
  return dir;
}

function find(toolkit: string, own: string): Promise<string> {
  return findCdk(toolkitAt(toolkit), workspaceOf(join(own, 'serving.yaml')));
}

test.each([
  ['2.1148.1', true],
  ['2.1100.0', true],
  ['2.1099.9', false],
  ['2.200.0', false],
  ['1.204.0', false],
  ['3.0.0', false],
  ['', false],
])('version %j: %j', (version, wanted) => expect(isWanted(version)).toBe(wanted));

test('the one that is hinted at is the one this package is developed with', () => {
  expect(HINT.endsWith(`@${devDependencies['aws-cdk']}`)).toBe(true);
});

test("the package's own, else that of the project", async () => {
  const [toolkit, own] = [await project('2.1148.1'), await project('2.1150.0')];
  expect(await find(toolkit, own)).toBe(join(toolkit, 'node_modules', 'aws-cdk', 'bin', 'cdk'));
  expect(await find(await project(), own)).toBe(join(own, 'node_modules', 'aws-cdk', 'bin', 'cdk'));
  expect(await find(await project('3.0.0'), own)).toBe(join(own, 'node_modules', 'aws-cdk', 'bin', 'cdk'));
});

test('none, or one that cannot read the assembly: says so, with the way out', async () => {
  const none = await project();
  await expect(find(none, none)).rejects.toMatchObject({
    message: 'The CDK command line is not installed.',
    hint: HINT,
  });
  await expect(find(none, await project('3.0.0'))).rejects.toMatchObject({
    message: expect.stringMatching(/2\.1100 or later\. Found: aws-cdk 3\.0\.0 in /),
    hint: HINT,
  });
});
