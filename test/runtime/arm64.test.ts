import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { heavyModel } from '../../bench/large-model';
import { predictFunction } from './function-folder';
import { ROOT } from './install';

/** What runs JavaScript on arm64: this Node there, elsewhere an emulator's command line (docs/development.md). */
const node = process.arch === 'arm64' && process.platform === 'linux' ? process.execPath : process.env.ARM64_NODE;
const [program = '', ...args] = node?.split(' ') ?? [];
const MODULES = path.join(ROOT, 'build/layers/linux-arm64/nodejs/node_modules');

function onArm64(script: string, cwd: string, environment: Readonly<Record<string, string>> = {}): string {
  const env = { ...environment, NODE_PATH: MODULES, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769' };
  const command = [...args, '--input-type=module', '--eval', script];
  return execFileSync(program, command, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trimEnd();
}

describe.skipIf(node === undefined)('functions of arm64, the default', () => {
  test.each(['iris', 'digits', 'digits-fast', 'digits-linear'])('%s passes its golden cases', (name) => {
    const { environment, folder } = predictFunction(path.join(ROOT, 'models', name));
    const script = `const { handler } = await import('./index.mjs');
      console.log(process.arch, (await handler({})).cases)`;
    expect(onArm64(script, folder, environment).split('\n').at(-1)).toMatch(/^arm64 [1-9]/);
  });

  test('ONNX Runtime lays nothing out for the CPU, so that no artefact of one is needed', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'arm64-'));
    writeFileSync(path.join(folder, 'model.onnx'), heavyModel());
    const script = `import { createRequire } from 'node:module';
      const { InferenceSession } = createRequire(import.meta.url)('onnxruntime-node');
      await InferenceSession.create('model.onnx', { graphOptimizationLevel: 'all', optimizedModelFilePath: 'all.onnx' })`;
    onArm64(script, folder);
    const optimized = readFileSync(path.join(folder, 'all.onnx'), 'latin1');
    // Into layouts and out of them lead nodes of their own.
    expect([optimized.includes('FusedConv'), optimized.includes('Reorder')]).toEqual([true, false]);
  });
});
