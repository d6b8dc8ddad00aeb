import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { LocalRunError } from '../local/errors';
import type { Toolkit } from '../local/workspace';

/**
 * The folder of an `onnxruntime-node` that runs on this machine: the one that ships as the functions' layer, so that a
 * model is tried on what will serve it; where there is none for this platform, one that the project has installed.
 */
export function findOnnxRuntime({ root }: Toolkit, cwd: string): string {
  const platform = `${process.platform}-${process.arch}`;
  const layer = join(root, 'build', 'layers', platform, 'nodejs', 'node_modules', 'onnxruntime-node');
  if (existsSync(layer)) return layer;
  for (const folder of [cwd, root]) {
    try {
      return dirname(createRequire(join(folder, 'package.json')).resolve('onnxruntime-node/package.json'));
    } catch {
      // Not there; the next one may have it.
    }
  }
  throw new LocalRunError(`This package brings no ONNX Runtime for ${platform}.`, {
    hint: 'Install it beside cdk-ml-serving: npm install --save-dev onnxruntime-node@1.30.0',
  });
}
