import * as path from 'node:path';
import { type ModelManifest, OPTIMIZED_DIR } from '../../lambdas/shared/contract';
import type { Artefact } from '../model/artefacts';
import type { Model } from '../model/model';
import { modelParts, writeModelParts } from '../model/model-parts';
import { sha256 } from '../model/sha256';

/** What of a model ships with the function: nothing, its file, or graph and weights apart; and its artefacts. */
export interface ModelFiles extends Pick<ModelManifest, 'parts' | 'optimized'> {
  copyTo(directory: string): void;
}

export function modelFiles({ source: { _file } }: Model, artefacts: readonly Artefact[]): ModelFiles {
  if (_file === undefined) return { copyTo: () => {} };
  const parts = modelParts(_file);
  return {
    ...(Object.keys(parts).length > 1 && { parts: hashesOf(parts) }),
    ...(artefacts.length > 0 && {
      optimized: Object.fromEntries(artefacts.map(({ cpu, file }) => [cpu, hashesOf(modelParts(file))])),
    }),
    // Taken apart once more, so that a synth of many services does not hold the weights of all.
    copyTo: (directory) => {
      writeModelParts(_file, directory);
      for (const { cpu, file } of artefacts) writeModelParts(file, path.join(directory, OPTIMIZED_DIR, cpu));
    },
  };
}

function hashesOf(parts: Readonly<Record<string, Buffer>>): Record<string, string> {
  return Object.fromEntries(Object.entries(parts).map(([name, content]) => [name, sha256(content)]));
}
