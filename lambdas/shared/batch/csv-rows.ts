import { quote, ServingError } from '../errors';
import { ByteText } from './byte-text';
import { cellValue, kindOf, type RowValues } from './cell-values';
import { bindColumns, type InputColumns } from './columns';
import { type CsvFields, csvFields } from './csv-fields';
import { type CsvRecord, ParsedRecord, RecordInPlace } from './csv-record';
import { asFlat } from './json-rows';
import { requireDistinct } from './result-columns';
import type { SourceRow } from './source-rows';
import type { ReadRecords, RowFormat } from './text-rows';

/** The columns of a CSV file, as far as a run needs them. */
export interface CsvColumns {
  readonly names: readonly string[];
  readonly delimiter: string;
  readonly fields: CsvFields;
  readonly inputs: readonly InputColumns[];
  /** Index of the column with the id. */
  readonly id?: number;
  /** Indexes of the columns that stand beside the result. */
  readonly joined: readonly number[];
}

/** @throws ServingError where a column is missing */
export async function csvColumns(header: string, { manifest, settings }: RowFormat): Promise<CsvColumns> {
  const fields = await csvFields(settings.delimiter);
  const names = fields(header).map((name) => name.trim());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new ServingError('INVALID_REQUEST', `the header has two columns ${JSON.stringify(twice)}`);
  }
  const { idColumn, joinColumns = [] } = settings;
  const indexOf = (name: string) => {
    const index = names.indexOf(name);
    if (index !== -1) return index;
    const message = `there is no column ${JSON.stringify(name)}; the header has ${quote(names.join(settings.delimiter))}`;
    throw new ServingError('MISSING_TENSOR', message, { field: name });
  };
  const id = idColumn === undefined ? undefined : indexOf(idColumn);
  const joined = joinColumns.includes('*') ? names.map((_, index) => index) : joinColumns.map(indexOf);
  const beside = joined.filter((index) => index !== id);
  requireDistinct(
    beside.map((index) => names[index] as string),
    { manifest, settings },
  );
  return {
    names,
    delimiter: settings.delimiter,
    fields,
    inputs: bindColumns(manifest, (name) => names.includes(name)),
    id,
    joined: beside,
  };
}

/** A row of a CSV file. What its result has beside it are bytes: only an error makes a text of its id. */
export class CsvRow implements SourceRow {
  constructor(
    readonly row: number,
    readonly line: number | undefined,
    readonly values: readonly RowValues[],
    /** The id and the columns that are joined, as they stand in a CSV file, from `start` to `end`. */
    readonly beside: ByteText,
    readonly start: number,
    private readonly idEnd: number,
    readonly end: number,
  ) {}

  get id(): string {
    const text = this.beside.slice(this.start, this.idEnd);
    return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
  }
}

/** Records of a CSV file as rows: where they lie, and those with odd quotes by the parser. */
export function csvRecords({ delimiter, fields, id, inputs, joined, names }: CsvColumns): ReadRecords {
  const readers = inputs.map((input) => readerOf(input, names));
  const separator = delimiter.charCodeAt(0);
  const inPlace = new RecordInPlace(separator, names.length);
  const parsed = (text: string) => {
    const cells = fields(text);
    if (cells.length === names.length) return new ParsedRecord(cells, delimiter);
    const message = `expected ${names.length} fields, as in the header, got ${cells.length}`;
    throw new ServingError('INVALID_SHAPE', message);
  };
  return (data, textOf) => {
    const beside = new ByteText(BESIDE_BYTES);
    return (start, end, { line, row }) => {
      const record = inPlace.take(data, start, end) ? inPlace : parsed(textOf(start, end));
      if (id !== undefined && record.isEmpty(id)) {
        throw new ServingError('INVALID_VALUE', 'the id is empty', { field: names[id] });
      }
      const values = new Array<RowValues>(readers.length);
      for (let at = 0; at < readers.length; at++) values[at] = (readers[at] as ReadValues)(record);
      const from = beside.length;
      if (id === undefined) beside.integer(row);
      else record.copy(id, beside);
      const idEnd = beside.length;
      for (let at = 0; at < joined.length; at++) {
        beside.byte(separator);
        record.copy(joined[at] as number, beside);
      }
      return new CsvRow(row, line, values, beside, from, idEnd, beside.length);
    };
  };
}

const BESIDE_BYTES = 16 * 1024;

type ReadValues = (record: CsvRecord) => RowValues;

function readerOf(input: InputColumns, names: readonly string[]): ReadValues {
  const kind = kindOf(input);
  const at = input.columns.map((name) => names.indexOf(name));
  if (input.columns.length === 1 && input.size !== 1) {
    const [index = 0] = at;
    return (record) => listOf(record.text(index), names[index] as string);
  }
  const numeric = kind === 'float' || kind === 'integer';
  return (record) => {
    const values = new Array<unknown>(at.length);
    for (let i = 0; i < at.length; i++) {
      const field = at[i] as number;
      const number = numeric ? record.number(field) : Number.NaN;
      values[i] = Number.isNaN(number) ? cellValue(record.text(field), kind) : number;
    }
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
