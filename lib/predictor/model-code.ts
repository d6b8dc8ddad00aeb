import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { FileSystem } from 'aws-cdk-lib';
import type { Architecture, Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { GOLDEN_FILE, HOOKS, type HookName, MODEL_DIR } from '../../lambdas/shared/contract';
import { carriesLayers } from '../emulator-context';
import { assembledCode, type FilesBeside, handlerFolder, writeManifest } from '../functions/handler-code';
import type { Artefact } from '../model/artefacts';
import type { Model } from '../model/model';
import { requireFitsPackage } from '../model/model-size';
import type { Hook } from './hook';
import { modelFiles } from './model-files';
import { deployedLayerFolder, layerFolder } from './onnxruntime-layer';

/** What a function runs, and on what. */
export interface ShippedModel {
  readonly model: Model;
  /** Made of it for single CPUs. */
  readonly artefacts: readonly Artefact[];
  readonly architecture: Architecture;
}

/** A handler with a model and hooks beside it, as one asset, and the digest that names this combination. */
export function modelCode(
  scope: Construct,
  handlerName: string,
  { model, artefacts, architecture }: ShippedModel,
  hooks: Readonly<Partial<Record<HookName, Hook>>>,
  beside?: FilesBeside,
): { readonly code: Code; readonly revision: string } {
  const handler = handlerFolder(handlerName);
  const given = HOOKS.flatMap((name) => (hooks[name] ? [{ name, hook: hooks[name] }] : []));
  if (model.source._file) {
    const what = `The function of ${model.card.modelName} with its model and its layer`;
    const bytes = bytesOf([
      handler,
      model.source._file,
      layerFolder(architecture),
      ...given.map(({ hook }) => hook.path),
    ]);
    requireFitsPackage(what, bytes);
    const optimized = artefacts.map(({ file }) => file);
    requireFitsPackage(
      `${what} and the artefacts optimised for CPUs`,
      bytes + bytesOf(optimized),
      `Delete artefacts, and the portable model serves on their CPUs: ${optimized.join(', ')}`,
    );
  }
  const files = modelFiles(model, artefacts);
  const hash = createHash('sha256').update(FileSystem.fingerprint(handler)).update(model._digest());
  hash.update(JSON.stringify(files.parts ?? {}));
  if (files.optimized) hash.update(JSON.stringify(files.optimized));
  for (const { name, hook } of given) hash.update(name).update(hook._digest());
  if (beside) hash.update(beside.digest);
  const digest = hash.digest('hex');
  const revision = digest.slice(0, 12);
  const manifest = {
    ...model._manifest(revision),
    ...(files.parts && { parts: files.parts }),
    ...(files.optimized && { optimized: files.optimized }),
    ...(given.length > 0 && { hooks: given.map(({ name }) => name) }),
  };
  const layer = carriesLayers(scope) ? deployedLayerFolder(scope, architecture) : undefined;
  const code = assembledCode(handler, layer ? `${digest}-${FileSystem.fingerprint(layer)}` : digest, (folder) => {
    if (layer) fs.cpSync(path.join(layer, 'nodejs'), folder, { recursive: true });
    writeManifest(folder, manifest);
    const directory = path.join(folder, MODEL_DIR);
    fs.copyFileSync(model.goldenFile, path.join(directory, GOLDEN_FILE));
    files.copyTo(directory);
    for (const { name, hook } of given) hook._copyTo(path.join(directory, name));
    beside?.copyTo(folder);
  });
  return { code, revision };
}

/** Total size of files, and of all files under folders. */
function bytesOf(files: readonly string[]): number {
  return files.reduce((sum, file) => {
    const stat = fs.statSync(file);
    return sum + (stat.isDirectory() ? bytesOf(fs.readdirSync(file).map((name) => path.join(file, name))) : stat.size);
  }, 0);
}
