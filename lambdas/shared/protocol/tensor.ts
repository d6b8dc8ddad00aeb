import type { Datatype, InputSpec, TensorSpec } from '../contract';
import { quote, ServingError } from '../errors';
import type { TensorData } from './datatypes';

/** A tensor as it is between decoding and encoding. */
export interface Tensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** What a request asks of its model, decoded and checked against the model's card. */
export interface Inference {
  readonly id?: string;
  readonly inputs: readonly Tensor[];
  /** Names of the outputs to answer with, in the order of the answer. */
  readonly outputs: readonly string[];
  /** Names of those that are asked for as bytes. */
  readonly binaryOutputs?: ReadonlySet<string>;
  /** Rows in the batch; 1 for a model without one. */
  readonly rows: number;
}

export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}

/** The shape a request gives, checked against the card. */
export function checkShape(value: unknown, spec: TensorSpec, field: string): readonly number[] {
  if (!Array.isArray(value)) throw new ServingError('INVALID_SHAPE', `shape must be an array of integers`, { field });
  let fits = value.length === spec.shape.length;
  for (let i = 0; i < value.length; i++) {
    const size: unknown = value[i];
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 1) {
      const message = `every dimension must be a whole number of at least 1, got ${quote(size)}`;
      throw new ServingError('INVALID_SHAPE', message, { field: `${field}[${i}]` });
    }
    if (spec.shape[i] !== -1 && spec.shape[i] !== size) fits = false;
  }
  if (fits) return value as number[];
  const message = `tensor "${spec.name}" has shape ${shapeText(spec.shape)}, got ${shapeText(value.slice(0, 16))}`;
  throw new ServingError('INVALID_SHAPE', message, { field });
}

export function shapeText(shape: readonly unknown[]): string {
  return `[${shape.join(', ')}]`;
}

/** Rows of the batch: what the first dimension is wherever the card lets it vary; it must be the same in every input. */
export function batchRows(inputs: readonly Tensor[], specs: readonly InputSpec[], fieldOf: (index: number) => string) {
  let rows: number | undefined;
  for (let i = 0; i < inputs.length; i++) {
    const size = inputs[i]?.shape[0];
    if (specs[i]?.shape[0] !== -1 || size === undefined) continue;
    rows ??= size;
    if (rows === size) continue;
    const message = `every input must have the same number of rows: "${inputs[i]?.name}" has ${size}, another ${rows}`;
    throw new ServingError('INVALID_SHAPE', message, { field: fieldOf(i) });
  }
  return rows ?? 1;
}
