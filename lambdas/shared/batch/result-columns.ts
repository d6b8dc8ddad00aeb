import type { BatchSettings, ModelManifest, OutputSpec } from '../contract';
import { ServingError } from '../errors';
import { DATATYPE_INFO } from '../protocol/datatypes';
import { elementCount, type Tensor } from '../protocol/tensor';

/** A column of the results: one value of an output, or the label of one. */
export interface ResultColumn {
  readonly name: string;
  /** Name of the output. */
  readonly output: string;
  /** Which value of a row; -1: all of them, as JSON. */
  readonly at: number;
  /** Names of classes by the value; absent: the value itself. */
  readonly labels?: readonly string[];
}

/** What a result in a table says beside the model's outputs. */
export const META_COLUMNS = ['run_id', 'model_version'] as const;

/** More values than that are one column with a list. */
const MOST_COLUMNS = 1024;

/**
 * The columns of a table of results. An output of one value is a column of its name, one of several is
 * `<output>_<label>` where the card has a label for each, `<output>_0`, `<output>_1`, ... otherwise. An integer output with
 * labels gets `<output>_name` beside it.
 */
export function resultColumns(manifest: ModelManifest, outputs: readonly string[]): ResultColumn[] {
  return outputs.flatMap((name) => {
    const spec = manifest.outputs.find((output) => output.name === name);
    return spec ? columnsOf(spec) : [];
  });
}

function columnsOf({ datatype, labels, name, shape }: OutputSpec): ResultColumn[] {
  const row = shape[0] === -1 ? shape.slice(1) : shape;
  const size = elementCount(row);
  const named = labels && ['integer', 'bigint'].includes(DATATYPE_INFO[datatype].kind) ? labels : undefined;
  if (row.includes(-1) || size > MOST_COLUMNS) return [{ name, output: name, at: -1 }];
  const suffixes = size === 1 ? [''] : suffixesOf(size, named ? undefined : labels);
  return suffixes.flatMap((suffix, at) => [
    { name: `${name}${suffix}`, output: name, at },
    ...(named ? [{ name: `${name}${suffix}_name`, output: name, at, labels: named }] : []),
  ]);
}

function suffixesOf(size: number, labels: readonly string[] | undefined): string[] {
  if (labels?.length === size) return labels.map((label) => `_${label}`);
  return Array.from({ length: size }, (_, index) => `_${index}`);
}

/** The outputs that results have. */
export function outputsOf(manifest: ModelManifest, settings: Pick<BatchSettings, 'outputs'>): readonly string[] {
  return settings.outputs ?? manifest.outputs.map(({ name }) => name);
}

/** A column of the input beside the results must not have the name of one of theirs. */
export function requireDistinct(
  joined: readonly string[],
  { manifest, settings }: { readonly manifest: ModelManifest; readonly settings: BatchSettings },
): void {
  const own = [settings.idColumn ?? 'row', ...META_COLUMNS];
  own.push(...resultColumns(manifest, outputsOf(manifest, settings)).map(({ name }) => name));
  const twice = joined.find((name) => own.includes(name));
  if (twice === undefined) return;
  const message = `the column ${JSON.stringify(twice)} cannot stand beside a result, which has a column of that name`;
  throw new ServingError('INVALID_REQUEST', message, { field: twice });
}

/** Values of a row in an output: all of it where it does not vary with the rows. */
export function sizeInRow({ shape }: Tensor, rows: number): number {
  return elementCount(shape[0] === rows && shape.length > 0 ? shape.slice(1) : shape);
}
