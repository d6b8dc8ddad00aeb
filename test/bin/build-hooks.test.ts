import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findEsbuild } from '../../bin/hooks/find-esbuild';
import { Hook } from '../../lib';
import { Project } from './init-project';

const SERVING = `
templateVersion: 1
environments: { local: { local: true } }
services:
  flowers: { pattern: web-single, model: models/iris, preprocess: hooks/flower.ts, postprocess: ready.mjs }
`;

describe('cdk-ml-serving build', () => {
  const project = new Project();
  project.write('serving.yaml', SERVING);
  project.write('ready.mjs', 'export default () => ({});');
  project.write('hooks/words.json', '["a", "b"]');
  project.write('hooks/list.txt', 'one\ntwo');
  project.write('hooks/columns.ts', `export const columns: readonly string[] = ['x'];`);
  const source = project.write(
    'hooks/flower.ts',
    `
import { basename } from 'node:path';
import type { Preprocess } from 'cdk-ml-serving/hook';
import { columns } from './columns';
import list from './list.txt';
import words from './words.json';
const preprocess: Preprocess = () => ({ [basename('/a/b')]: [columns, words, list.length] }) as never;
export default preprocess;`,
  );

  test('bundles what the configuration names, and the construct finds it', async () => {
    expect(() => Hook.fromAsset(source)).toThrow('is not built');
    const { exitCode, stdout } = await project.run('build');
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringMatching(/^hooks\/flower\.ts -> hooks\/build\/flower\.mjs \(\d+\.\d kB\)\n$/),
    ]);
    const built = Hook.fromAsset(source).path;
    const { default: preprocess } = await import(pathToFileURL(built).href);
    expect(preprocess()).toEqual({ b: [['x'], ['a', 'b'], 7] });
    expect(readFileSync(built, 'utf8')).not.toContain('cdk-ml-serving/hook');
  });

  test('again after a change', async () => {
    project.write('hooks/columns.ts', `export const columns = ['y'];`);
    expect(() => Hook.fromAsset(source)).toThrow('columns.ts was changed since');
    expect((await project.run('build', 'hooks/flower.ts')).exitCode).toBe(0);
    expect(Hook.fromAsset(source).path).toBe(project.path('hooks/build/flower.mjs'));
  });

  test('what is wrong in it is shown with its place', async () => {
    project.write('broken.ts', `import { a } from './nowhere';\nexport default a;`);
    const { exitCode, stderr } = await project.run('build', 'broken.ts');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('broken.ts cannot be bundled.');
    expect(stderr).toMatch(/Could not resolve ".\/nowhere"[\s\S]*broken\.ts:1:18/);
  });

  test('a module that is not there is a usage error; one that is ready needs nothing', async () => {
    expect((await project.run('build', 'nowhere.ts')).exitCode).toBe(2);
    expect(await project.run('build', 'ready.mjs')).toMatchObject({
      exitCode: 0,
      stdout: 'No hook has to be built.\n',
    });
  });
});

test('without a bundler the way out is named', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'no-bundler-'));
  mkdirSync(path.join(folder, 'node_modules'));
  writeFileSync(path.join(folder, 'package.json'), '{}');
  expect(() => findEsbuild([folder])).toThrow(
    expect.objectContaining({ hint: 'Install it in your project: npm install --save-dev esbuild' }),
  );
});

test('validate builds first, so that a configuration with hooks is valid', async () => {
  const project = new Project();
  cpSync('models/iris', project.path('models/iris'), { recursive: true });
  cpSync('examples/hooks/flower.ts', project.write('hooks/flower.ts', ''));
  project.write('ready.mjs', 'export default () => ({});');
  project.write('serving.yaml', SERVING);
  const { exitCode, stderr, stdout } = await project.run('validate');
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 0, stdout: 'valid: serving-local-flowers\n' });
  expect(stderr).toMatch(/✓ Hooks: 1 module bundled/);
});
