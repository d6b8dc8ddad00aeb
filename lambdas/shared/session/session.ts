import type { Datatype } from '../contract';
import type { Tensor } from '../protocol/tensor';

/** One input or output as the model itself declares it. */
export interface SessionTensor {
  readonly name: string;
  /** Undefined: not a tensor, or of a type the protocol does not have. */
  readonly datatype?: Datatype;
  /** `-1` where the model leaves a dimension open. */
  readonly shape: readonly number[];
}

/** A model ready to run. */
export interface Session {
  readonly inputs: readonly SessionTensor[];
  readonly outputs: readonly SessionTensor[];
  /** Runs once and gives the named outputs, in that order. */
  run(inputs: readonly Tensor[], outputs: readonly string[]): Promise<Tensor[]>;
  /** Frees its memory; it must not run any more. */
  dispose(): Promise<void>;
}

export interface SessionOptions {
  readonly threads: number;
  /** The model was optimised beforehand, and is taken as it is. */
  readonly optimized?: boolean;
}

/** Makes a session of the model at a path, or of its content. */
export type CreateSession = (model: string | Uint8Array, options: SessionOptions) => Promise<Session>;
