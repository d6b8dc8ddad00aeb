import { cpSync, existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { out, root } from './steps.mjs';

const destination = path.join(out, 'bin');

/** The command line and the CDK app, each one file with its libraries inside; the constructs stay outside. */
export const bin = {
  name: 'bin',
  inputs: [
    'bin',
    'lib/template',
    'lib/model',
    'lib/predictor/hook-file.ts',
    'lib/emulator-context.ts',
    'lambdas/shared',
  ],
  outputs: ['build/bin/app.js', 'build/bin/cdk-ml-serving.js', 'build/bin/onnx/model-process.js'],
  async run() {
    rmSync(destination, { recursive: true, force: true });
    await build({
      absWorkingDir: root,
      entryPoints: ['bin/app.ts', 'bin/cdk-ml-serving.ts', 'bin/onnx/model-process.ts'],
      outbase: 'bin',
      outdir: destination,
      bundle: true,
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      mainFields: ['module', 'main'],
      external: ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs'],
      logLevel: 'warning',
      plugins: [constructsOutside, onnxRuntimeByPath],
    });
    for (const file of ['gaps.py', 'requirements.txt']) {
      const from = path.join(root, 'bin/local', file);
      if (existsSync(from)) cpSync(from, path.join(destination, 'local', file));
    }
  },
};

/** `../lib/index` and `../index` (from lib/template) are the compiled constructs: one copy of every class. */
const constructsOutside = {
  name: 'constructs-outside',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ path: request, resolveDir }) => {
      const target = path.resolve(resolveDir, request);
      const isIndex = target === path.join(root, 'lib/index') || target === path.join(root, 'lib');
      return isIndex ? { path: '../lib/index.js', external: true } : undefined;
    });
  },
};

/** Which ONNX Runtime a model runs on is known when it runs: the layer that ships, or one that is installed. */
const onnxRuntimeByPath = {
  name: 'onnxruntime-by-path',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^onnxruntime-node$/ }, ({ path: name }) => ({ path: name, namespace: 'by-path' }));
    onLoad({ filter: /.*/, namespace: 'by-path' }, () => ({
      contents: 'module.exports = require(process.env.ONNXRUNTIME_NODE);',
    }));
  },
};
