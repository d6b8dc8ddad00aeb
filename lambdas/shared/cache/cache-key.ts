import { createHash } from 'node:crypto';
import { CACHE_VERSION } from '../contract';
import type { NumericArray } from '../protocol/datatypes';
import { encodeRaw } from '../protocol/raw';
import type { Tensor } from '../protocol/tensor';

/** What an answer depends on. */
export interface KeyParts {
  readonly model: string;
  /** Revision of what answers: after a release nothing of the one before is found. */
  readonly revision: string;
  /** Whose answers they are, where each caller has its own. */
  readonly principal?: string;
  /** Version of the pair that who made the inputs belongs to: to another one the model would not have answered. */
  readonly pair?: string;
  /** The inputs that count, in the order of the card. */
  readonly inputs: readonly Tensor[];
  /** Names of the outputs that are asked for, in any order. */
  readonly outputs: readonly string[];
}

/**
 * Names an answer by the values it is made from: decoded tensors, so that it does not matter how a request wrote them.
 *
 * Every NaN is the same. 0 and -0 are not: a model may tell them apart (`1 / x`), and a wrong hit is worse than a miss.
 */
export function cacheKey({ model, revision, principal, pair, inputs, outputs }: KeyParts): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([CACHE_VERSION, model, revision, principal ?? null, [...outputs].sort()]));
  if (pair !== undefined) hash.update(JSON.stringify({ pair }));
  for (const tensor of inputs) {
    const { data, datatype, name, shape } = tensor;
    // Values have as many bytes as this says, or begin with their length: no two requests run together.
    hash.update(JSON.stringify([name, datatype, shape]));
    hash.update(encodeRaw(Array.isArray(data) ? tensor : { ...tensor, data: withOneNaN(data, datatype) }));
  }
  return hash.digest('hex');
}

/** As FP16 has it, of which there are only patterns of bits. */
const HALF_NAN = 0x7e00;

function withOneNaN(data: NumericArray, datatype: string): NumericArray {
  const half = datatype === 'FP16';
  if (!half && !(data instanceof Float32Array || data instanceof Float64Array)) return data;
  const hasNoNumber = half ? (value: number) => (value & 0x7c00) === 0x7c00 && (value & 0x3ff) !== 0 : Number.isNaN;
  let copy: NumericArray | undefined;
  for (let i = 0; i < data.length; i++) {
    if (!hasNoNumber(data[i] as number)) continue;
    copy ??= data.slice();
    copy[i] = half ? HALF_NAN : Number.NaN;
  }
  return copy ?? data;
}
