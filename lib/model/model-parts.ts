import * as fs from 'node:fs';
import * as path from 'node:path';
import { MODEL_FILE, WEIGHTS_FILE } from '../../lambdas/shared/contract';
import { weightsApart } from './weights-apart';

/** The files that a model ships as, with their content by name: one, or where it is large graph and weights apart. */
export function modelParts(file: string): Readonly<Record<string, Buffer>> {
  const content = fs.readFileSync(file);
  try {
    const apart = weightsApart(content, WEIGHTS_FILE);
    return apart ? { [MODEL_FILE]: apart.graph, [WEIGHTS_FILE]: apart.weights } : { [MODEL_FILE]: content };
  } catch (error) {
    throw new Error(`${path.resolve(file)} is no ONNX model: ${error instanceof Error ? error.message : error}`);
  }
}

/** Writes them into a folder, as a function finds them. */
export function writeModelParts(file: string, folder: string): void {
  fs.mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(modelParts(file))) fs.writeFileSync(path.join(folder, name), content);
}
