import { asServingError, type ServingError } from '../errors';
import type { RowValues } from './cell-values';

/** Where a row is in its file: from 1; in a mini-job of which nobody knows the first row, counted from its start. */
export interface RowPlace {
  /** Number of the row; the header of a CSV file is none, nor are blank lines. */
  readonly row: number;
  /** Number of the line that it begins in; a Parquet file has none. */
  readonly line?: number;
}

/** A row as its file has it, not yet checked against the model's card. */
export interface SourceRow extends RowPlace {
  /** For each input of the model. */
  readonly values: readonly RowValues[];
  /** What its result is found by, as the format writes it: text of a CSV cell, JSON, or the value of a Parquet column. */
  readonly id: unknown;
  /** What of the row stands beside its result. */
  readonly joined?: unknown;
  /** The row as it is, for hooks. */
  readonly body?: string;
}

/** A row that cannot be predicted, and why. */
export class BadRow {
  constructor(
    readonly place: RowPlace,
    readonly error: ServingError,
    readonly id?: unknown,
  ) {}
}

export type ReadRow = SourceRow | BadRow;

/** Rows of a mini-job, some at a time, in the order of the file. */
export interface RowSource {
  readonly rows: AsyncIterable<readonly ReadRow[]>;
  /** Lines that have been read so far. */
  lines(): number;
}

/** A row that cannot be read is a bad one, and not the end of the others. */
export function readRow(place: RowPlace, read: () => SourceRow): ReadRow {
  try {
    return read();
  } catch (error) {
    return new BadRow(place, asServingError(error));
  }
}
