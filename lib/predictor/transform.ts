import * as fs from 'node:fs';
import * as path from 'node:path';
import type { CardTensor } from '../model/card-fields';
import type { ModelCard } from '../model/model-card';
import { Hook } from './hook';
import { readTransformCard, TRANSFORM_CARD, type TransformFields } from './transform-card';

/**
 * Code of yours that makes tensors of tensors, in a function of its own: preprocessing, or retrieval of data, before a model
 * that runs elsewhere. It is a folder with a module, whose types are in `cdk-ml-serving/hook`, and `transform.yaml`, which
 * says what it takes, what it gives, and which pair of preprocessing and model it is of.
 */
export class Transform {
  /**
   * @param folder the folder with `transform.yaml` and the module: `index.mjs` and the files it reads, or `index.ts` that
   * `npx cdk-ml-serving build` has bundled
   * @throws when something is missing or wrong; the message names file, line and field
   */
  public static fromAsset(folder: string): Transform {
    const file = path.join(folder, TRANSFORM_CARD);
    if (!fs.existsSync(file)) {
      throw new Error(`Transform not found: ${path.resolve(file)}. The folder of a transform has a ${TRANSFORM_CARD}.`);
    }
    return new Transform(Hook.fromAsset(folder), readTransformCard(fs.readFileSync(file, 'utf8'), file));
  }

  /** What it is called. */
  public readonly transformName: string;
  /** Version of the pair that it and the model must both be of. */
  public readonly pair?: string;

  private constructor(
    /** @internal */
    public readonly _hook: Hook,
    /** @internal */
    public readonly _fields: TransformFields,
  ) {
    this.transformName = _fields.name;
    this.pair = _fields.pair;
  }

  /** @internal The card of a predictor that takes what this takes; without `gives` it gives what `behind` gives. */
  public _card(behind: ModelCard, gives?: readonly CardTensor[]): ModelCard {
    const { description, image, inputs, name } = this._fields;
    const changes = gives ? { name, description, outputs: gives } : {};
    return behind._with({ ...changes, inputs, image, pair: undefined });
  }
}
