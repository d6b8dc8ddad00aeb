import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { assertWithin, handlerInitBudget, handlerZipBudget, layerZipBudget } from '../../scripts/build/budgets.mjs';
import { zipBytes } from '../../scripts/build/zip.mjs';
import { predictFunction } from './function-folder';
import { installRuntime, ROOT } from './install';
import type { FunctionSettings } from './lambda-function';

const HANDLER = path.join(ROOT, 'build/handlers/predict');
const bundled = readdirSync(HANDLER);
/** Every client of the AWS SDK sends this header. */
const hasAwsSdk = (file: string) => readFileSync(path.join(HANDLER, file), 'utf8').includes('x-amz-user-agent');
const SIZES = JSON.parse(readFileSync(path.join(ROOT, 'build/handlers/sizes.json'), 'utf8')).predict;

describe('the predict bundle', () => {
  let settings: FunctionSettings;
  let node: string;

  beforeAll(async () => {
    settings = predictFunction(path.join(ROOT, 'models/iris'));
    ({ node } = await installRuntime());
  });

  /** Standard output of a script that runs with a function's files and environment, and nothing else. */
  function runInFunction(program: string, args: string[]): string[] {
    const env = { ...settings.environment, NODE_PATH: settings.layerModules, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769' };
    const output = execFileSync(program, args, { cwd: settings.folder, env, encoding: 'utf8' });
    return output.trimEnd().split('\n');
  }

  test.each([
    ['24', () => node],
    ['of this machine', () => process.execPath],
  ])('loads in a clean Node %s', (_, program) => {
    const script = 'import("./index.mjs").then(({ handler }) => handler({})).then(({ cases }) => console.log(cases))';
    const lines = runInFunction(program(), ['--input-type=module', '--eval', script]);
    expect(lines.at(-1)).toBe('3');
  });

  test('init loads little code, few built-in modules, and no AWS SDK', () => {
    const lines = runInFunction(node, [path.join(ROOT, 'test/runtime/loaded-modules.mjs'), 'index.mjs']);
    const loaded: string[] = JSON.parse(lines.at(-1) ?? '');
    const files = loaded.filter((url) => url.startsWith('file:')).map((url) => path.basename(url));
    expect(files).toEqual(expect.arrayContaining(SIZES.initFiles));
    const bytes = files.reduce((sum, file) => sum + statSync(path.join(HANDLER, file)).size, 0);
    const own = bytes - SIZES.onnxRuntimeBytes;
    assertWithin("init of predict, without ONNX Runtime's JavaScript", own, handlerInitBudget('predict'));
    const builtin = loaded.filter((url) => !url.startsWith('file:'));
    expect(builtin.length, builtin.join(', ')).toBeLessThanOrEqual(8);
    expect(builtin.filter((name) => /http|net|tls|dns|child_process/.test(name))).toEqual([]);
    expect(bundled.filter((file) => hasAwsSdk(file) && files.includes(file))).toEqual([]);
    // It is in the package, for models that are loaded from S3; so the mark is one it really has.
    expect(bundled.some(hasAwsSdk)).toBe(true);
  });
});

describe('sizes within the budgets of the build', () => {
  test('zip of the handler without a model', () => {
    assertWithin('predict (zip)', zipBytes(HANDLER), handlerZipBudget('predict'));
  });

  test.each(Object.entries(layerZipBudget))('zip of layer %s', (platform, budget) => {
    const built = JSON.parse(readFileSync(path.join(ROOT, 'build/layers/sizes.json'), 'utf8'));
    assertWithin(platform, built[platform], budget);
  });
});
