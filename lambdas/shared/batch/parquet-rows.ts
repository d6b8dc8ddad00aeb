import type { Chunk } from '../contract';
import { ServingError } from '../errors';
import { kindOf, parquetValue, type RowValues } from './cell-values';
import { bindColumns, type InputColumns } from './columns';
import { asFlat } from './json-rows';
import type { ParquetFile } from './parquet-file';
import { requireDistinct } from './result-columns';
import { type ReadRow, type RowSource, readRow } from './source-rows';
import type { RowFormat } from './text-rows';

/** Rows that are in memory as objects at once. */
const ROWS_AT_ONCE = 20_000;

/** Which columns of a Parquet file a run needs. */
export interface ParquetColumns {
  readonly inputs: readonly InputColumns[];
  readonly id?: string;
  readonly joined: readonly string[];
  /** All of them, each once. */
  readonly all: readonly string[];
}

/** @throws ServingError where a column is missing, or holds what no result can have beside it */
export function parquetColumns({ columns }: ParquetFile, { manifest, settings }: RowFormat): ParquetColumns {
  const { idColumn, joinColumns = [] } = settings;
  const inputs = bindColumns(manifest, (name) => columns.has(name));
  const beside = joinColumns.includes('*') ? [...columns.keys()] : joinColumns;
  const joined = beside.filter((name) => name !== idColumn);
  requireDistinct(joined, { manifest, settings });
  for (const name of idColumn === undefined ? joined : [idColumn, ...joined]) {
    const element = columns.get(name);
    if (!element)
      throw new ServingError('MISSING_TENSOR', `there is no column ${JSON.stringify(name)}`, { field: name });
    if (element.num_children || element.repetition_type === 'REPEATED' || element.type === 'INT96') {
      const message = `the column ${JSON.stringify(name)} holds ${element.type ?? 'structures'}, which results cannot have`;
      throw new ServingError('NOT_IMPLEMENTED', message, { field: name });
    }
  }
  const all = new Set([...inputs.flatMap((input) => input.columns), ...(idColumn ? [idColumn] : []), ...joined]);
  return { inputs, id: idColumn, joined, all: [...all] };
}

/** Rows of a mini-job, which are those of some row groups. */
export function parquetRows(file: ParquetFile, chunk: Chunk, columns: ParquetColumns): RowSource {
  async function* rows(): AsyncGenerator<readonly ReadRow[]> {
    for (let start = chunk.start; start < chunk.end; start += ROWS_AT_ONCE) {
      const end = Math.min(start + ROWS_AT_ONCE, chunk.end);
      const read = await file.rows(start, end, columns.all);
      yield read.map((row, index) => rowOf(row, start + index + 1, columns));
    }
  }
  return { rows: rows(), lines: () => 0 };
}

function rowOf(
  row: Readonly<Record<string, unknown>>,
  number: number,
  { id, inputs, joined }: ParquetColumns,
): ReadRow {
  const place = { row: number };
  return readRow(place, () => {
    const own = id === undefined ? number : row[id];
    if (own === null || own === undefined || own === '') {
      throw new ServingError('INVALID_VALUE', 'the id is empty', { field: id });
    }
    return {
      ...place,
      id: own,
      values: inputs.map((input) => valuesOf(row, input)),
      joined: joined.length > 0 ? joined.map((name) => row[name] ?? null) : undefined,
    };
  });
}

function valuesOf(row: Readonly<Record<string, unknown>>, input: InputColumns): RowValues {
  const kind = kindOf(input);
  const [first = ''] = input.columns;
  const list = input.columns.length === 1 ? row[first] : undefined;
  const values = Array.isArray(list) ? asFlat(list) : input.columns.map((name) => row[name] ?? null);
  return values.map((value) => parquetValue(value, kind));
}
