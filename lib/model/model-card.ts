import * as fs from 'node:fs';
import * as path from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { CONTRACT_VERSION, type ModelManifest } from '../../lambdas/shared/contract';
import type { CardFields, CardImage, CardTensor } from './card-fields';
import { readCard } from './card-fields';

/** One input or output tensor of a model, as its card describes it. */
export interface TensorDescription {
  /** Name of the tensor in the ONNX graph. */
  readonly name: string;
  /** Open Inference Protocol datatype: `FP32`, `INT64`, `BYTES`, ... */
  readonly datatype: string;
  /** Sizes of the dimensions; -1 where it may vary. The first one is the batch. */
  readonly shape: number[];
  /**
   * What the values mean.
   * @default - not described
   */
  readonly description?: string;
  /**
   * Unit of the values, such as `cm`.
   * @default - none
   */
  readonly unit?: string;
  /**
   * Class names: index i of the last dimension, or the integer value i, means `labels[i]`.
   * @default - none
   */
  readonly labels?: string[];
}

/**
 * What a model is, whose it is and what is expected of it: the file `model.yaml` beside the model.
 *
 * Source: "Model Cards for Model Reporting" (Mitchell et al., 2019), reduced to what serving needs.
 */
export class ModelCard {
  /**
   * Read and check a card.
   *
   * @param file path of the YAML file, absolute or relative to the working directory
   * @throws when the file is missing or a field is missing or wrong; the message names file, line and field
   */
  public static fromFile(file: string): ModelCard {
    if (!fs.existsSync(file)) {
      throw new Error(
        `Model card not found: ${path.resolve(file)}. Every model has a model.yaml beside its model.onnx.`,
      );
    }
    return new ModelCard(readCard(fs.readFileSync(file, 'utf8'), file));
  }

  /** Name of the model in URLs, logs and metrics. */
  public readonly modelName: string;
  /** Version of the model, such as `1.0.0`. */
  public readonly modelVersion: string;
  /** What the model does, in a sentence. */
  public readonly description: string;
  /** Who answers for it. */
  public readonly owner: string;
  /** What kind of task it solves, such as `image-classification`. */
  public readonly task: string;
  /** Input tensors, in the order of the ONNX graph. */
  public readonly inputs: TensorDescription[];
  /** Output tensors, in the order of the ONNX graph. */
  public readonly outputs: TensorDescription[];
  /** The 99th percentile of latency that users of the model are promised. */
  public readonly p99Objective: Duration;
  /** What the model may cost a month, in US dollars. */
  public readonly monthlyCostObjective: number;
  /** Where an operator reads what to do. */
  public readonly runbook: string;
  /** Hex SHA-256 of the model file. */
  public readonly sha256: string;

  private constructor(private readonly fields: CardFields) {
    this.modelName = fields.name;
    this.modelVersion = fields.version;
    this.description = fields.description;
    this.owner = fields.owner;
    this.task = fields.task;
    this.inputs = fields.inputs.map(describe);
    this.outputs = fields.outputs.map(describe);
    this.p99Objective = Duration.millis(fields.objective.p99Ms);
    this.monthlyCostObjective = fields.objective.monthlyCostUsd;
    this.runbook = fields.runbook;
    this.sha256 = fields.sha256;
    this._inputs = fields.inputs;
    this._outputs = fields.outputs;
    this._image = fields.image;
    this._pair = fields.pair;
  }

  /** @internal The card of a predictor that is made of this model and takes, or gives, something else. */
  public _with(changes: Partial<Omit<CardFields, 'sha256'>>): ModelCard {
    return new ModelCard({ ...this.fields, ...changes });
  }

  /** @internal The manifest beside a handler that runs the model, or takes requests for it. */
  public _manifest(revision: string, source: ModelManifest['source']): ModelManifest {
    return {
      v: CONTRACT_VERSION,
      name: this.modelName,
      version: this.modelVersion,
      revision,
      source,
      sha256: this.sha256,
      description: this.description,
      inputs: this._inputs,
      outputs: this._outputs,
      image: this._image,
      pair: this._pair,
    };
  }

  /** @internal What the handler needs to know of the tensors; written into the manifest. */
  public readonly _inputs: readonly CardTensor[];
  /** @internal */
  public readonly _outputs: readonly CardTensor[];
  /** @internal */
  public readonly _image?: CardImage;
  /** @internal */
  public readonly _pair?: string;
}

function describe(tensor: CardTensor): TensorDescription {
  const { name, datatype, shape, description, unit, labels } = tensor;
  return { name, datatype, shape: [...shape], description, unit, labels: labels && [...labels] };
}
