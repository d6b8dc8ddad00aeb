import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GOLDEN_FILE, type Golden, MODEL_FILE } from '../../lambdas/shared/contract';
import { type CardFields, readCard } from '../../lib/model/card-fields';
import { readGoldenCases } from '../../lib/model/golden-cases';
import { LocalRunError } from '../local/errors';
import { readModelFile } from './model-file';
import { refusalsOf } from './refusals';

/** The three files of a model, which belong together. */
export interface ModelFolder {
  readonly card: CardFields;
  readonly golden: Golden;
  readonly modelFile: string;
  readonly modelContent: Buffer;
  readonly goldenFile: string;
}

/** @throws LocalRunError where one is missing or wrong, or the model is another than the card's, or none that is served */
export async function readFolder(folder: string): Promise<ModelFolder> {
  const file = (name: string) => join(folder, name);
  const [cardFile, goldenFile, modelFile] = [file('model.yaml'), file(GOLDEN_FILE), file(MODEL_FILE)];
  const missing = [cardFile, goldenFile, modelFile].find((name) => !existsSync(name));
  if (missing) {
    throw new LocalRunError(`There is no ${missing}.`, {
      hint: 'Make the folder of a model: cdk-ml-serving init path/to/model.onnx',
    });
  }
  const cardText = await readFile(cardFile, 'utf8');
  const card = forPeople(() => readCard(cardText, cardFile));
  const golden = forPeople(() => readGoldenCases(goldenFile));
  const { model, content, sha256 } = await readModelFile(modelFile);
  if (sha256 !== card.sha256) {
    throw new LocalRunError(`The card declares SHA-256 ${card.sha256}, but ${modelFile} has ${sha256}.`, {
      hint: 'If the new model is meant, put its hash into model.yaml and raise the version.',
    });
  }
  const [refusal] = refusalsOf(model, modelFile);
  if (refusal) throw new LocalRunError(refusal.reason, { hint: refusal.wayOut });
  return { card, golden, modelFile, modelContent: content, goldenFile };
}

/** What the constructs throw of a file is meant for people. */
function forPeople<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new LocalRunError((error as Error).message);
  }
}
