#!/usr/bin/env node
/** `npm run bench [-- WHAT...] [--quick]`: builds what is measured, bundles the benchmarks and runs them. See README.md. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { nativeOnnxRuntime } from '../scripts/build/native-onnxruntime.mjs';
import { installDependencies, root, run } from '../scripts/dependencies.mjs';

installDependencies();
run(process.execPath, ['scripts/build.mjs', 'layers', 'handlers', 'bin']);

const outdir = path.join(root, 'build/bench');
const common = { absWorkingDir: root, bundle: true, platform: 'node', target: 'node22', logLevel: 'warning' };
await build({
  ...common,
  entryPoints: ['bench/run.ts'],
  outfile: path.join(outdir, 'run.cjs'),
  format: 'cjs',
  packages: 'external',
  // As deep under the root as the sources are, so that paths relative to a file still hold.
  define: { 'import.meta.dirname': '__dirname', 'import.meta.url': '__url' },
  banner: { js: "const __url=require('node:url').pathToFileURL(__filename);" },
});

await build({
  ...common,
  entryPoints: readdirSync(path.join(root, 'bench/subjects'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `bench/subjects/${file}`),
  outdir: path.join(outdir, 'subjects'),
  outExtension: { '.js': '.mjs' },
  format: 'esm',
  minify: true,
  mainFields: ['module', 'main'],
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  // As in the functions: ONNX Runtime's JavaScript inside, its native file from the layer.
  plugins: [nativeOnnxRuntime],
});

try {
  run(process.execPath, [path.join(outdir, 'run.cjs'), ...process.argv.slice(2)]);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
