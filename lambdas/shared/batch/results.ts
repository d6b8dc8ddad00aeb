import type { BatchFormat, ModelIdentity, ModelManifest } from '../contract';
import type { Tensor } from '../protocol/tensor';
import { CsvResults } from './csv-results';
import { JsonResults } from './json-results';
import type { ByteSink } from './object-writer';
import type { ParquetFile } from './parquet-file';
import { ParquetResults } from './parquet-results';
import type { SourceRow } from './source-rows';

/** What every result says. */
export interface ResultContext {
  readonly manifest: ModelManifest;
  /** Outputs of the model that results have. */
  readonly outputs: readonly string[];
  readonly run: string;
  readonly delimiter: string;
  /** Column of the id; absent: the number of the row is one. */
  readonly idColumn?: string;
  /** Names of the columns that stand beside the result. */
  readonly joined: readonly string[];
  /** Where the rows come from, for the types of its columns. */
  readonly parquet?: ParquetFile;
}

/** Writes results in the format of the input. */
export interface Results {
  /** @param texts answers to the rows as they are, instead of outputs */
  write(
    rows: readonly SourceRow[],
    outputs: readonly Tensor[],
    model: ModelIdentity,
    texts?: readonly string[],
  ): Promise<void>;
  /** Answers how many bytes there were. */
  close(): Promise<number>;
}

export async function openResults(format: BatchFormat, context: ResultContext, sink: ByteSink): Promise<Results> {
  if (format === 'csv') return new CsvResults(context, sink);
  return format === 'jsonl' ? new JsonResults(context, sink) : new ParquetResults(context, sink);
}
