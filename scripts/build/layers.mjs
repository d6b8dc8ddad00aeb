import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { transformSync } from 'esbuild';
import { assertWithin, layerZipBudget } from './budgets.mjs';
import { out, root } from './steps.mjs';
import { zipBytes } from './zip.mjs';

const shipped = ['linux-arm64', 'linux-x64'];
const host = `${process.platform}-${process.arch}`;
const destination = path.join(out, 'layers');

/**
 * ONNX Runtime layers, pruned from the npm packages to one platform each: 25 MB (arm64) and 46 MB (x64) instead of 288.
 * The host's own platform is built too, for the local run, where functions run on this machine.
 */
export const layers = {
  name: 'layers',
  inputs: ['node_modules/onnxruntime-node/package.json', 'scripts/build/budgets.mjs'],
  outputs: [...new Set([...shipped, host])].map((platform) => `build/layers/${platform}/nodejs`),
  async run() {
    rmSync(destination, { recursive: true, force: true });
    const sizes = {};
    for (const platform of new Set([...shipped, host])) {
      const layer = path.join(destination, platform);
      copyRuntime(platform, path.join(layer, 'nodejs', 'node_modules'));
      if (!shipped.includes(platform)) continue;
      sizes[platform] = zipBytes(layer);
      assertWithin(`layer ${platform} (zip)`, sizes[platform], layerZipBudget[platform]);
    }
    writeFileSync(path.join(destination, 'sizes.json'), `${JSON.stringify(sizes, null, 2)}\n`);
  },
};

function copyRuntime(platform, modules) {
  const [os, arch] = platform.split('-');
  const runtime = path.join(root, 'node_modules/onnxruntime-node');
  const native = path.join('bin/napi-v6', os, arch);
  if (!existsSync(path.join(runtime, native))) {
    throw new Error(`onnxruntime-node has no library for ${platform}; it has ${available(runtime).join(', ')}`);
  }
  const common = path.join(root, 'node_modules/onnxruntime-common');
  for (const part of ['package.json', 'dist', native]) copy(runtime, part, path.join(modules, 'onnxruntime-node'));
  for (const part of ['package.json', 'dist/cjs']) copy(common, part, path.join(modules, 'onnxruntime-common'));
  const { license, version } = JSON.parse(readFileSync(path.join(runtime, 'package.json'), 'utf8'));
  writeFileSync(
    path.join(modules, 'onnxruntime-node', 'NOTICE'),
    `onnxruntime-node ${version}, ${license} License, (c) Microsoft Corporation. Pruned to ${platform}.\n`,
  );
}

/** Copy without source maps and type declarations, JavaScript minified. */
function copy(source, part, target) {
  const from = path.join(source, part);
  const to = path.join(target, part);
  if (statSync(from).isDirectory()) {
    for (const name of readdirSync(from)) copy(source, path.join(part, name), target);
  } else if (!/\.(map|ts)$/.test(part)) {
    mkdirSync(path.dirname(to), { recursive: true });
    if (part.endsWith('.js')) writeFileSync(to, transformSync(readFileSync(from, 'utf8'), { minify: true }).code);
    else cpSync(from, to);
  }
}

function available(runtime) {
  const base = path.join(runtime, 'bin/napi-v6');
  return readdirSync(base).flatMap((os) => readdirSync(path.join(base, os)).map((arch) => `${os}-${arch}`));
}
