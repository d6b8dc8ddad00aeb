import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';

const root = process.cwd();
const packages: { tarball: string; wheel: string } = { tarball: '', wheel: '' };

/** A PATH with Node.js and nothing else: whoever calls Docker or a bundler at synth fails. */
const isolated = (folder: string): NodeJS.ProcessEnv => {
  const bin = path.join(folder, 'path');
  mkdirSync(bin, { recursive: true });
  if (!existsSync(path.join(bin, 'node'))) symlinkSync(process.execPath, path.join(bin, 'node'));
  // A proxy that is not there: a synth that asks the network fails.
  return {
    PATH: bin,
    HOME: folder,
    TMPDIR: process.env.TMPDIR,
    HTTPS_PROXY: 'http://127.0.0.1:9',
    CDK_OUTDIR: path.join(folder, 'cdk.out'),
  };
};

beforeAll(() => {
  execFileSync(process.execPath, ['scripts/package.mjs'], { cwd: root, stdio: 'pipe' });
  const find = (folder: string, end: string) =>
    path.join(
      root,
      'dist',
      folder,
      readdirSync(path.join(root, 'dist', folder)).find((name) => name.endsWith(end)) ?? '?',
    );
  packages.tarball = find('js', '.tgz');
  packages.wheel = find('python', '.whl');
});

function expectServices(folder: string): void {
  const template = JSON.parse(readFileSync(path.join(folder, 'cdk.out', 'Flowers.template.json'), 'utf8'));
  const types = Object.values<{ Type: string }>(template.Resources).map(({ Type }) => Type);
  expect(types.filter((type) => type === 'AWS::ApiGateway::RestApi')).toHaveLength(2);
  const assets = readdirSync(path.join(folder, 'cdk.out')).filter((name) => name.startsWith('asset.'));
  const models = assets.filter((name) => existsSync(path.join(folder, 'cdk.out', name, 'model', 'model.onnx')));
  expect(models.length).toBeGreaterThanOrEqual(2);
  for (const name of models) expect(existsSync(path.join(folder, 'cdk.out', name, 'index.mjs'))).toBe(true);
}

describe('the npm package', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'foreign-ts-'));
  const installed = path.join(folder, 'node_modules/cdk-ml-serving');

  test('holds handlers, layers, command line and its one library, and no sources', () => {
    mkdirSync(installed, { recursive: true });
    execFileSync('tar', ['-xzf', packages.tarball, '--strip-components=1', '-C', installed]);
    for (const file of [
      'build/handlers/predict/index.mjs',
      'build/layers/linux-arm64/nodejs/node_modules/onnxruntime-node/package.json',
      'build/layers/linux-x64/nodejs/node_modules/onnxruntime-node/package.json',
      'build/bin/cdk-ml-serving.js',
      'build/serving.schema.json',
      'hook.d.ts',
      'node_modules/yaml/package.json',
    ]) {
      expect(existsSync(path.join(installed, file)), file).toBe(true);
    }
    expect(readdirSync(path.join(installed, 'node_modules'))).toEqual(['yaml']);
    for (const file of ['lib', 'lambdas', 'test', 'models'])
      expect(existsSync(path.join(installed, file)), file).toBe(false);
    // 28 MB of it are the two layers; each handler is some 200 KB.
    expect(statSync(packages.tarball).size).toBeLessThan(34e6);
  });

  test('a foreign TypeScript stack compiles and synthesizes with no bundler, no Docker and no network', () => {
    for (const name of ['aws-cdk-lib', 'constructs', '@types']) {
      symlinkSync(path.join(root, 'node_modules', name), path.join(folder, 'node_modules', name));
    }
    cpSync(path.join(root, 'models'), path.join(folder, 'models'), { recursive: true });
    cpSync(path.join(root, 'examples/typescript/app.ts'), path.join(folder, 'app.ts'));
    writeFileSync(
      path.join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          target: 'ES2022',
          module: 'CommonJS',
          moduleResolution: 'node10',
          ignoreDeprecations: '6.0',
          strict: true,
          skipLibCheck: true,
          types: ['node'],
        },
        files: ['app.ts'],
      }),
    );
    execFileSync(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], {
      stdio: 'pipe',
    });
    execFileSync(process.execPath, ['app.js'], { cwd: folder, env: isolated(folder), stdio: 'pipe' });
    expectServices(folder);
  });

  test.each([
    ['CommonJS', 'node10'],
    ['Node16', 'node16'],
    ['ESNext', 'bundler'],
  ])('the types of hooks are found by module %s with resolution %s', (module, moduleResolution) => {
    const hooks = path.join(folder, `hooks-${module}`);
    cpSync(path.join(root, 'examples/hooks'), hooks, { recursive: true });
    writeFileSync(path.join(hooks, 'package.json'), JSON.stringify({ type: 'module' }));
    const compilerOptions = {
      ...{ target: 'ES2022', module, moduleResolution, strict: true, noEmit: true, types: ['node'] },
      ...(moduleResolution === 'node10' && { ignoreDeprecations: '6.0' }),
    };
    writeFileSync(path.join(hooks, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
    expect(execFileSync(process.execPath, [tsc, '-p', hooks], { encoding: 'utf8' })).toBe('');
  });

  test('hooks are bundled with the esbuild of the project, and without one the way out is named', () => {
    const project = path.join(folder, 'bundled');
    cpSync(path.join(root, 'examples/hooks'), path.join(project, 'hooks'), { recursive: true });
    const build = () =>
      spawnSync(process.execPath, [path.join(installed, 'build/bin/cdk-ml-serving.js'), 'build', 'hooks/flower.ts'], {
        cwd: project,
        env: isolated(folder),
        encoding: 'utf8',
      });
    const without = build();
    expect([without.status, without.stderr]).toEqual([1, expect.stringContaining('npm install --save-dev esbuild')]);
    symlinkSync(path.join(root, 'node_modules/esbuild'), path.join(folder, 'node_modules/esbuild'));
    expect(build()).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^hooks\/flower\.ts -> hooks\/build\/flower\.mjs/),
    });
  });

  test('the command line starts and explains itself', () => {
    const help = execFileSync(process.execPath, [path.join(installed, 'build/bin/cdk-ml-serving.js'), '--help'], {
      cwd: folder,
      env: isolated(folder),
      encoding: 'utf8',
    });
    for (const command of ['up', 'demo', 'status', 'down']) expect(help).toContain(command);
  });
});

describe('the Python wheel', () => {
  test('a foreign Python stack synthesizes with no bundler, no Docker and no network', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'foreign-py-'));
    execFileSync('python3', ['-m', 'venv', path.join(folder, 'venv')]);
    const python = path.join(folder, 'venv/bin/python');
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', packages.wheel], {
      stdio: 'pipe',
    });
    cpSync(path.join(root, 'models'), path.join(folder, 'models'), { recursive: true });
    cpSync(path.join(root, 'examples/python/app.py'), path.join(folder, 'app.py'));
    const env = { ...isolated(folder), JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20' };
    execFileSync(python, ['app.py'], { cwd: folder, env, stdio: 'pipe' });
    expectServices(folder);
  });
});
