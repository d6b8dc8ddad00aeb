import { createHash } from 'node:crypto';
import * as path from 'node:path';
import { type ModelManifest, OPTIMIZED_DIR } from '../../lambdas/shared/contract';
import type { Artefact } from '../model/artefacts';
import type { Model } from '../model/model';
import { modelParts, writeModelParts } from '../model/model-parts';

/** What of a model ships with the function: nothing, its file, or graph and weights apart; and its artefacts. */
export interface ModelFiles extends Pick<ModelManifest, 'parts' | 'optimized'> {
  copyTo(directory: string): void;
}

export function modelFiles({ source: { _file } }: Model, artefacts: readonly Artefact[]): ModelFiles {
  if (_file === undefined) return { copyTo: () => {} };
  const parts = hashesOf(_file);
  return {
    ...(Object.keys(parts).length > 1 && { parts }),
    ...(artefacts.length > 0 && {
      optimized: Object.fromEntries(artefacts.map(({ cpu, file }) => [cpu, hashesOf(file)])),
    }),
    // Taken apart once more, so that a synth of many services does not hold the weights of all.
    copyTo: (directory) => {
      writeModelParts(_file, directory);
      for (const { cpu, file } of artefacts) writeModelParts(file, path.join(directory, OPTIMIZED_DIR, cpu));
    },
  };
}

function hashesOf(file: string): Record<string, string> {
  const hash = (content: Buffer) => createHash('sha256').update(content).digest('hex');
  return Object.fromEntries(Object.entries(modelParts(file)).map(([name, content]) => [name, hash(content)]));
}
