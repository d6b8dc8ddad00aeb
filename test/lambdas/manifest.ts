import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CONTRACT_VERSION, type Golden, type ModelManifest } from '../../lambdas/shared/contract';

const ROOT = join(import.meta.dirname, '../..');

/** Folder of a model by name: a demo model or a fixture. */
export function modelFolder(name: string): string {
  const demo = join(ROOT, 'models', name);
  return existsSync(join(demo, 'model.yaml')) ? demo : join(ROOT, 'test/fixtures/models', name);
}

/** The manifest that synth writes for a model, from its card. */
export function manifestOf(name: string, changes: Partial<ModelManifest> = {}): ModelManifest {
  const folder = modelFolder(name);
  const card = parse(readFileSync(join(folder, 'model.yaml'), 'utf8'));
  const sha256 = createHash('sha256')
    .update(readFileSync(join(folder, 'model.onnx')))
    .digest('hex');
  return {
    v: CONTRACT_VERSION,
    name: card.name,
    version: card.version,
    revision: sha256.slice(0, 12),
    source: 'asset',
    sha256,
    description: card.description,
    inputs: card.inputs,
    outputs: card.outputs,
    image: card.image,
    ...changes,
  };
}

export function goldenOf(name: string): Golden {
  return JSON.parse(readFileSync(join(modelFolder(name), 'golden.json'), 'utf8'));
}
