import { ServingError } from '../errors';
import { cellValue, kindOf, type RowValues } from './cell-values';
import { bindColumns, type InputColumns } from './columns';
import { type CsvFields, csvFields } from './csv-fields';
import { asFlat } from './json-rows';
import { requireDistinct } from './result-columns';
import type { ParseRecord, RowFormat } from './text-rows';

/** The columns of a CSV file, as far as a run needs them. */
export interface CsvColumns {
  readonly names: readonly string[];
  readonly fields: CsvFields;
  readonly inputs: readonly InputColumns[];
  /** Index of the column with the id. */
  readonly id?: number;
  /** Indexes of the columns that stand beside the result. */
  readonly joined: readonly number[];
}

/** @throws ServingError where a column is missing */
export async function csvColumns(header: string, { manifest, settings }: RowFormat): Promise<CsvColumns> {
  const fields = await csvFields(settings.delimiter, true);
  const names = fields(header).map((name) => name.trim());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new ServingError('INVALID_REQUEST', `the header has two columns ${JSON.stringify(twice)}`);
  }
  const { idColumn, joinColumns = [] } = settings;
  const indexOf = (name: string) => {
    const index = names.indexOf(name);
    if (index !== -1) return index;
    throw new ServingError('MISSING_TENSOR', `there is no column ${JSON.stringify(name)}`, { field: name });
  };
  const id = idColumn === undefined ? undefined : indexOf(idColumn);
  const joined = joinColumns.includes('*') ? names.map((_, index) => index) : joinColumns.map(indexOf);
  const beside = joined.filter((index) => index !== id);
  requireDistinct(
    beside.map((index) => names[index] as string),
    { manifest, settings },
  );
  return { names, fields, inputs: bindColumns(manifest, (name) => names.includes(name)), id, joined: beside };
}

/** Records of a CSV file as rows. */
export function csvParser({ fields, id, inputs, joined, names }: CsvColumns): ParseRecord {
  const readers = inputs.map((input) => readerOf(input, names));
  return (text, place) => {
    const cells = fields(text);
    if (cells.length !== names.length) {
      const message = `expected ${names.length} fields, as in the header, got ${cells.length}`;
      throw new ServingError('INVALID_SHAPE', message);
    }
    const own = id === undefined ? `${place.row}` : (cells[id] as string);
    if (own === '') throw new ServingError('INVALID_VALUE', 'the id is empty', { field: names[id as number] });
    return {
      ...place,
      id: own,
      values: readers.map((read) => read(cells)),
      joined: joined.length > 0 ? joined.map((index) => cells[index]) : undefined,
    };
  };
}

function readerOf(input: InputColumns, names: readonly string[]): (cells: readonly string[]) => RowValues {
  const kind = kindOf(input);
  const at = input.columns.map((name) => names.indexOf(name));
  if (input.columns.length === 1 && input.size !== 1) {
    const [index = 0] = at;
    return (cells) => listOf(cells[index] as string, names[index] as string);
  }
  return (cells) => {
    const values = new Array<unknown>(at.length);
    for (let i = 0; i < at.length; i++) values[i] = cellValue(cells[at[i] as number] as string, kind);
    return values;
  };
}

/** A cell that holds all values of an input. */
function listOf(text: string, field: string): RowValues {
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list)) return asFlat(list);
  } catch {
    // Said below.
  }
  throw new ServingError('INVALID_VALUE', 'expected a list of values in JSON', { field });
}
