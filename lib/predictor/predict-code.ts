import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { AssetHashType, DockerImage, FileSystem } from 'aws-cdk-lib';
import { type Architecture, Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { GOLDEN_FILE, HOOKS, type HookName, MANIFEST_FILE, MODEL_DIR } from '../../lambdas/shared/contract';
import { carriesLayers } from '../emulator-context';
import type { Model } from '../model/model';
import { requireFitsPackage } from '../model/model-size';
import { shipped } from '../package-files';
import type { Hook } from './hook';
import { modelFiles } from './model-files';
import { deployedLayerFolder, layerFolder } from './onnxruntime-layer';

/** The predict handler with model and hooks beside it, as one asset, and the digest that names this combination. */
export function predictCode(
  scope: Construct,
  model: Model,
  architecture: Architecture,
  hooks: Readonly<Partial<Record<HookName, Hook>>>,
): { readonly code: Code; readonly revision: string } {
  const handler = shipped('build', 'handlers', 'predict');
  const given = HOOKS.flatMap((name) => (hooks[name] ? [{ name, hook: hooks[name] }] : []));
  if (model.source._file) {
    const bytes = [handler, model.source._file, layerFolder(architecture), ...given.map(({ hook }) => hook.path)]
      .map(bytesOf)
      .reduce((sum, each) => sum + each);
    requireFitsPackage(`The function of ${model.card.modelName} with its model and its layer`, bytes);
  }
  const files = modelFiles(model);
  const hash = createHash('sha256').update(FileSystem.fingerprint(handler)).update(model._digest());
  hash.update(JSON.stringify(files.parts ?? {}));
  for (const { name, hook } of given) hash.update(name).update(hook._digest());
  const digest = hash.digest('hex');
  const revision = digest.slice(0, 12);
  const manifest = {
    ...model._manifest(revision),
    ...(files.parts && { parts: files.parts }),
    ...(given.length > 0 && { hooks: given.map(({ name }) => name) }),
  };
  const layer = carriesLayers(scope) ? deployedLayerFolder(scope, architecture) : undefined;
  const copy = (destination: string): boolean => {
    fs.cpSync(handler, destination, { recursive: true });
    if (layer) fs.cpSync(path.join(layer, 'nodejs'), destination, { recursive: true });
    const directory = path.join(destination, MODEL_DIR);
    fs.mkdirSync(directory, { recursive: true });
    fs.writeFileSync(path.join(directory, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
    fs.copyFileSync(model.goldenFile, path.join(directory, GOLDEN_FILE));
    files.copyTo(directory);
    for (const { name, hook } of given) hook._copyTo(path.join(directory, name));
    return true;
  };
  // CDK's own way to put an asset together from several folders. The image is demanded by its signature and never
  // used: `tryBundle` copies files and always succeeds, so no Docker is involved.
  const code = Code.fromAsset(path.dirname(model.goldenFile), {
    assetHashType: AssetHashType.CUSTOM,
    assetHash: layer ? `${digest}-${FileSystem.fingerprint(layer)}` : digest,
    bundling: { image: DockerImage.fromRegistry('unused'), local: { tryBundle: copy } },
  });
  return { code, revision };
}

/** Total size of a file, or of all files under a folder. */
function bytesOf(file: string): number {
  const stat = fs.statSync(file);
  if (!stat.isDirectory()) return stat.size;
  return fs.readdirSync(file).reduce((sum, name) => sum + bytesOf(path.join(file, name)), 0);
}
