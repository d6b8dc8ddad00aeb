import type { OutputSpec, WireTensor } from '../../lambdas/shared/contract';
import type { ModelCard } from '../model/model-card';

/** The values of one output in a constant answer: `numbers` or `texts`. */
export interface ConstantOutput {
  /** Name of the output on the model card. */
  readonly output: string;
  /**
   * Its values for one row, row-major; 0 and 1 for BOOL.
   * @default - `texts` has them
   */
  readonly numbers?: number[];
  /**
   * Its values for one row, where the output is text (BYTES).
   * @default - `numbers` has them
   */
  readonly texts?: string[];
}

/** Whole numbers that a datatype holds; of 64 bits those that a number is exact for. */
const INTEGERS: Readonly<Record<string, readonly [number, number]>> = {
  BOOL: [0, 1],
  UINT8: [0, 2 ** 8 - 1],
  UINT16: [0, 2 ** 16 - 1],
  UINT32: [0, 2 ** 32 - 1],
  UINT64: [0, Number.MAX_SAFE_INTEGER],
  INT8: [-(2 ** 7), 2 ** 7 - 1],
  INT16: [-(2 ** 15), 2 ** 15 - 1],
  INT32: [-(2 ** 31), 2 ** 31 - 1],
  INT64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

/** The constant answer as the function has it, checked against the card: every output, of its datatype and shape. */
export function constantTensors(constants: readonly ConstantOutput[], card: ModelCard): WireTensor[] {
  const known = card._outputs.map(({ name }) => name);
  const given = constants.map(({ output }) => output);
  const odd = given.find((name, at) => !known.includes(name) || given.indexOf(name) !== at);
  if (odd !== undefined || given.length !== known.length) {
    throw new Error(
      `fallback must have a constant for each output of ${card.modelName}, ${known.join(', ')}; got ${given.join(', ') || 'none'}`,
    );
  }
  return card._outputs.map((spec) =>
    tensorOf(
      spec,
      constants.find(({ output }) => output === spec.name),
    ),
  );
}

function tensorOf(spec: OutputSpec, constant: ConstantOutput | undefined): WireTensor {
  const { datatype, name } = spec;
  const { numbers, texts } = constant ?? {};
  if ((datatype === 'BYTES') !== (texts !== undefined) || (datatype === 'BYTES') === (numbers !== undefined)) {
    throw refused(spec, `must be ${datatype === 'BYTES' ? 'texts' : 'numbers'}`, texts ? 'texts' : 'numbers');
  }
  if (datatype === 'FP16') throw refused(spec, 'cannot be FP16, which has no JSON form', datatype);
  const inner = spec.shape[0] === -1 ? spec.shape.slice(1) : spec.shape;
  if (inner.includes(-1)) {
    throw refused(spec, 'must have a size that only the batch changes', `the shape [${spec.shape.join(', ')}]`);
  }
  const data = numbers ?? texts ?? [];
  const count = inner.reduce((product, size) => product * size, 1);
  if (data.length !== count) throw refused(spec, `must have ${count} values`, data.length);
  const wrong = numbers?.find((value) => !isLegal(value, spec));
  if (wrong !== undefined) throw refused(spec, `must have values of ${datatype}`, wrong);
  return { name, datatype, shape: spec.shape, data: datatype === 'BOOL' ? data.map((value) => value === 1) : data };
}

function isLegal(value: number, { datatype }: OutputSpec): boolean {
  const [least, most] = INTEGERS[datatype] ?? [];
  if (least === undefined || most === undefined) {
    return Number.isFinite(datatype === 'FP32' ? Math.fround(value) : value);
  }
  return Number.isInteger(value) && value >= least && value <= most;
}

function refused({ name }: OutputSpec, what: string, got: unknown): Error {
  return new Error(`fallback: the constant of ${name} ${what}; got ${got}`);
}
