import type { InputSpec, ModelManifest } from '../contract';
import { ServingError } from '../errors';
import { elementCount } from '../protocol/tensor';

/** An input of the model and the columns its values come from, in the order of a row of the tensor. */
export interface InputColumns {
  readonly spec: InputSpec;
  /** Names of columns, one for each value; or the one that holds a list of all. */
  readonly columns: readonly string[];
  /** Values of a row; -1 where they vary, so that the one column holds a list. */
  readonly size: number;
}

/**
 * Which columns are which inputs: the features on the model's card; otherwise a column of the input's name for an input of
 * one value (or for a list of all), and `<input>_0`, `<input>_1`, ... for one of several.
 *
 * @param has whether the file has a column of this name
 */
export function bindColumns(manifest: ModelManifest, has: (name: string) => boolean): InputColumns[] {
  return manifest.inputs.map((spec) => {
    const size = rowSize(spec);
    const candidates = [spec.features ?? [], [spec.name], numbered(spec.name, size)];
    const columns = candidates.find((names) => names.length > 0 && names.every(has));
    if (!columns) throw missing(spec, candidates, has);
    if (columns.length !== size && columns.length !== 1) {
      const message = `the card names ${columns.length} features of "${spec.name}", a row of which has ${size} values`;
      throw new ServingError('INVALID_SHAPE', message, { field: spec.name });
    }
    return { spec, columns, size };
  });
}

/** Whether rows are independent, so that many are one run; of another model each row is a run of its own. */
export function isStackable({ inputs, outputs }: ModelManifest): boolean {
  return (
    inputs.every(({ shape }) => shape[0] === -1 && !shape.slice(1).includes(-1)) &&
    outputs.every(({ shape }) => shape[0] === -1)
  );
}

function rowSize({ shape }: InputSpec): number {
  const own = shape[0] === -1 ? shape.slice(1) : shape;
  return own.includes(-1) ? -1 : elementCount(own);
}

/** More columns than that nobody writes by hand, and messages would be of no use. */
const MOST_NUMBERED = 100_000;

function numbered(name: string, size: number): string[] {
  if (size < 2 || size > MOST_NUMBERED) return [];
  return Array.from({ length: size }, (_, index) => `${name}_${index}`);
}

function missing(spec: InputSpec, candidates: readonly (readonly string[])[], has: (name: string) => boolean) {
  const [features = [], [single = ''] = []] = candidates;
  const wanted = features.length > 0 ? features : [single];
  const absent = wanted.filter((name) => !has(name)).slice(0, 5);
  const message = `there is no column ${absent.map((name) => JSON.stringify(name)).join(', ')} for the input "${spec.name}"`;
  return new ServingError('MISSING_TENSOR', message, { field: spec.name });
}
