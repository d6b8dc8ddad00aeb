import type { Golden, WireTensor } from '../../lambdas/shared/contract';
import { fromHalf } from '../../lambdas/shared/protocol/float16';
import { tensorObject } from '../../lambdas/shared/protocol/json-output';
import type { Tensor } from '../../lambdas/shared/protocol/tensor';

/** Inputs of a model, and what it answered. */
export interface Case {
  readonly name: string;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** How far processors of different kinds may be apart, in parts of the largest value. */
const TOLERANCE = 1e-4;
const HALF_TOLERANCE = 2e-3;

/** Cases as golden.json has them, with those outputs that `steady` names. */
export function goldenOf(cases: readonly Case[], steady: readonly string[]): Golden {
  const tensors = cases.flatMap(({ outputs }) => outputs).filter(({ name }) => steady.includes(name));
  const largest = tensors
    .flatMap(magnitudes)
    .reduce((most, value) => (value > most && value < Infinity ? value : most), 1);
  const part = tensors.some(({ datatype }) => datatype === 'FP16') ? HALF_TOLERANCE : TOLERANCE;
  return {
    tolerance: Number((largest * part).toPrecision(2)),
    cases: cases.map(({ name, inputs, outputs }) => ({
      name,
      inputs: inputs.map(wireOf),
      outputs: outputs.filter((tensor) => steady.includes(tensor.name)).map(wireOf),
    })),
  };
}

/** Sizes of the values of a floating-point tensor. */
export function magnitudes({ datatype, data }: Tensor): number[] {
  if (!datatype.startsWith('FP')) return [];
  return Array.from(data as Float32Array, (value) => Math.abs(datatype === 'FP16' ? fromHalf(value) : value));
}

/** A tensor as numbers, with no more digits than its type holds. */
export function wireOf(tensor: Tensor): WireTensor {
  const { name, datatype, shape, data } = tensor;
  if (datatype === 'FP16') {
    return {
      name,
      datatype,
      shape: [...shape],
      data: Array.from(data as Uint16Array, (half) => finite(fromHalf(half))),
    };
  }
  const wire = tensorObject(tensor);
  if (datatype !== 'FP32') return { ...wire, shape: [...shape] };
  const short = wire.data?.map((value) => (typeof value === 'number' ? shortest(value) : value));
  return { ...wire, shape: [...shape], data: short };
}

function finite(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** The fewest digits that stand for this single-precision value. */
function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}
