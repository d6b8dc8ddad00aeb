import * as fs from 'node:fs';
import * as path from 'node:path';
import { GOLDEN_FILE, MODEL_FILE, type ModelManifest } from '../../lambdas/shared/contract';
import { readGoldenCases } from './golden-cases';
import { MEASUREMENTS_FILE, type Measurements, readMeasurements } from './measurements';
import { ModelCard } from './model-card';
import { type FunctionRoom, requireFitsFunction } from './model-size';
import { ModelSource } from './model-source';
import { sha256 } from './sha256';

/** Properties of a `Model`. */
export interface ModelProps {
  /** What the model is. */
  readonly card: ModelCard;
  /** Where its bytes come from. */
  readonly source: ModelSource;
  /** Path of the golden inputs and outputs (`golden.json`): the self-test that a release must pass. */
  readonly goldenFile: string;
}

/** A trained model: its card, its bytes and the inputs that prove it works. */
export class Model {
  /**
   * A folder with `model.onnx`, `model.yaml` (the card) and `golden.json`, shipped inside the function.
   *
   * @param directory path of the folder, absolute or relative to the working directory
   * @throws when a file is missing, the card is wrong, or the model's SHA-256 is not the card's
   */
  public static fromAsset(directory: string): Model {
    return Model.fromDirectory(directory, ModelSource.fromAsset(path.join(directory, MODEL_FILE)));
  }

  /**
   * A folder with `model.yaml` and `golden.json`, whose model is loaded from elsewhere.
   *
   * @param directory path of the folder, absolute or relative to the working directory
   * @param source where the bytes come from: `ModelSource.fromBucket(...)` or `ModelSource.fromPointer(...)`
   */
  public static fromDirectory(directory: string, source: ModelSource): Model {
    return new Model({
      card: ModelCard.fromFile(path.join(directory, 'model.yaml')),
      source,
      goldenFile: path.join(directory, GOLDEN_FILE),
    });
  }

  /** What the model is. */
  public readonly card: ModelCard;
  /** Where its bytes come from. */
  public readonly source: ModelSource;
  /** Path of the golden inputs and outputs. */
  public readonly goldenFile: string;

  public constructor(props: ModelProps) {
    this.card = props.card;
    this.source = props.source;
    this.goldenFile = props.goldenFile;
    if (!fs.existsSync(props.goldenFile)) {
      throw new Error(`Golden inputs not found: ${path.resolve(props.goldenFile)}. A release is tested with them.`);
    }
    readGoldenCases(props.goldenFile);
    const file = props.source._file;
    const actual = file === undefined ? props.source._sha256 : sha256(fs.readFileSync(file));
    if (actual !== undefined && actual !== props.card.sha256) {
      throw new Error(
        `The card of ${props.card.modelName} declares SHA-256 ${props.card.sha256}, but ${file ?? 'the source'} has ${actual}. ` +
          'If the new model is meant, put its hash into model.yaml and raise the version.',
      );
    }
  }

  /** @internal How fast it is; undefined where this file has not been measured. */
  public get _measurements(): Measurements | undefined {
    return readMeasurements(path.join(path.dirname(this.goldenFile), MEASUREMENTS_FILE), this.card.sha256);
  }

  /** @internal Refuse a function that certainly cannot hold this model, or one `optimized` beside it. */
  public _requireRoom(room: FunctionRoom, optimized: boolean): void {
    const { _bytes, _kind } = this.source;
    if (_bytes !== undefined) requireFitsFunction(_kind, _bytes, room, optimized);
  }

  /** @internal The manifest beside the handler. */
  public _manifest(revision: string): ModelManifest {
    return this.card._manifest(revision, this.source._kind);
  }

  /** @internal Changes whenever the manifest, the golden cases or the model's bytes do. */
  public _digest(): string {
    return sha256(`${JSON.stringify(this._manifest(''))}\0${sha256(fs.readFileSync(this.goldenFile))}`);
  }
}
