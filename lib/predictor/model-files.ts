import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { MODEL_FILE, type ModelManifest, WEIGHTS_FILE } from '../../lambdas/shared/contract';
import type { Model } from '../model/model';
import { weightsApart } from '../model/weights-apart';

/** What of a model ships with the function: nothing, its file, or graph and weights apart. */
export interface ModelFiles {
  readonly parts?: ModelManifest['parts'];
  copyTo(directory: string): void;
}

export function modelFiles({ source: { _file } }: Model): ModelFiles {
  if (_file === undefined) return { copyTo: () => {} };
  const apart = partsOf(_file);
  if (!apart) return { copyTo: (directory) => fs.copyFileSync(_file, path.join(directory, MODEL_FILE)) };
  return {
    parts: Object.fromEntries(apart.map(([name, content]) => [name, sha256(content)])),
    // Taken apart once more, so that a synth of many services does not hold the weights of all.
    copyTo: (directory) => {
      for (const [name, content] of partsOf(_file) ?? []) fs.writeFileSync(path.join(directory, name), content);
    },
  };
}

function partsOf(file: string): [string, Buffer][] | undefined {
  try {
    const apart = weightsApart(fs.readFileSync(file), WEIGHTS_FILE);
    return (
      apart && [
        [MODEL_FILE, apart.graph],
        [WEIGHTS_FILE, apart.weights],
      ]
    );
  } catch (error) {
    throw new Error(`${path.resolve(file)} is no ONNX model: ${error instanceof Error ? error.message : error}`);
  }
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
