import { csvColumns, csvRecords } from '../shared/batch/csv-rows';
import { filePieces, gunzipped } from '../shared/batch/file-pieces';
import { jsonRecords } from '../shared/batch/json-rows';
import type { ByteSink } from '../shared/batch/object-writer';
import type { ReadableFile } from '../shared/batch/objects';
import { openParquet } from '../shared/batch/parquet-file';
import { parquetColumns, parquetRows } from '../shared/batch/parquet-rows';
import { outputsOf } from '../shared/batch/result-columns';
import { openResults, type ResultContext, type Results } from '../shared/batch/results';
import { BadRow, type ReadRow, type RowSource, type SourceRow } from '../shared/batch/source-rows';
import { type RowFormat, readHeader, textRows } from '../shared/batch/text-rows';
import type { BatchSettings, Chunk, ModelIdentity } from '../shared/contract';
import { ServingError } from '../shared/errors';
import type { ModelStore } from '../shared/session/model-store';
import { errorLine } from './error-line';
import { predictBodies } from './predict-bodies';
import { type Answered, predictRows, rowsTogether } from './predict-rows';

/** Where a mini-job reads from and writes to. */
export interface ChunkFiles {
  readonly input: ReadableFile;
  readonly results: ByteSink;
  readonly errors: ByteSink;
}

/** What came of a mini-job. */
export interface ChunkReport {
  readonly rows: number;
  readonly failed: number;
  readonly lines: number;
  readonly outputBytes: number;
  readonly errorBytes: number;
  readonly model: ModelIdentity;
  readonly modelLatencyMs: number;
}

export interface ChunkContext {
  readonly run: string;
  readonly chunk: Chunk;
  readonly settings: BatchSettings;
  readonly models: ModelStore;
  /** Epoch milliseconds. */
  readonly deadlineMs: number;
}

/**
 * Reads the rows of a mini-job, predicts them and writes results and errors, with the memory of a few runs of the model.
 */
export async function predictChunk(context: ChunkContext, files: ChunkFiles): Promise<ChunkReport> {
  const { chunk, models, run, settings } = context;
  const { identity, manifest } = await models.load();
  const outputs = outputsOf(manifest, settings);
  const { joined, parquet, source } = await openSource(files.input, chunk, { manifest, settings });
  const { delimiter, idColumn } = settings;
  const described: ResultContext = { manifest, outputs, run, delimiter, idColumn, joined, parquet };
  const results = await openResults(chunk.format, described, files.results);
  const { deadlineMs } = context;
  const { bodies, rowsPerRun } = settings;
  const predict: PredictRows = bodies
    ? (rows) => predictBodies(rows, { models, rowsPerRun, deadlineMs, run: `${run}-${chunk.index}` })
    : (rows) => predictRows(rows, { models, manifest, outputs, deadlineMs });
  const writer = new ChunkWriter(predict, deadlineMs, { run, chunk, results, errors: files.errors });
  const together = rowsTogether(manifest, rowsPerRun);
  for await (const rows of source.rows) {
    for (const row of rows) if (writer.add(row) === together) await writer.flush();
  }
  await writer.flush();
  return { ...(await writer.close()), lines: source.lines(), model: writer.model ?? identity };
}

async function openSource(
  file: ReadableFile,
  chunk: Chunk,
  format: RowFormat,
): Promise<{
  readonly source: RowSource;
  readonly joined: readonly string[];
  readonly parquet?: ResultContext['parquet'];
}> {
  const { settings } = format;
  if (chunk.format === 'parquet') {
    const parquet = await openParquet(file);
    const columns = parquetColumns(parquet, format);
    return { source: parquetRows(parquet, chunk, columns), joined: columns.joined, parquet };
  }
  if (chunk.format === 'jsonl') return { source: textRows(file, chunk, settings, jsonRecords(format)), joined: [] };
  const { text } = await readHeader(piecesOf(file, chunk), settings);
  const columns = await csvColumns(text, format);
  const joined = columns.joined.map((index) => columns.names[index] as string);
  return { source: textRows(file, chunk, settings, csvRecords(columns)), joined };
}

function piecesOf(file: ReadableFile, { gzip }: Chunk): AsyncIterable<Buffer> {
  return gzip ? gunzipped(filePieces(file)) : filePieces(file);
}

type PredictRows = (rows: readonly SourceRow[]) => Promise<Answered>;

interface ChunkOutput {
  readonly run: string;
  readonly chunk: Chunk;
  readonly results: Results;
  readonly errors: ByteSink;
}

/** Predicts rows block by block, and keeps the count. */
class ChunkWriter {
  model?: ModelIdentity;
  #rows = 0;
  #failed = 0;
  #modelLatencyMs = 0;
  #waiting: SourceRow[] = [];
  #bad: BadRow[] = [];

  constructor(
    private readonly predict: PredictRows,
    private readonly deadlineMs: number,
    private readonly output: ChunkOutput,
  ) {}

  /** Answers how many rows wait, good or bad: errors are written in the order of the rows too. */
  add(row: ReadRow): number {
    if (row instanceof BadRow) this.#bad.push(row);
    else this.#waiting.push(row);
    return this.#waiting.length + this.#bad.length;
  }

  async flush(): Promise<void> {
    const [waiting, refused] = [this.#waiting, this.#bad];
    this.#waiting = [];
    this.#bad = [];
    const bad = waiting.length > 0 ? await this.#predict(waiting) : [];
    if (bad.length + refused.length > 0) await this.#refuse([...bad, ...refused]);
  }

  async #predict(rows: readonly SourceRow[]): Promise<readonly BadRow[]> {
    if (Date.now() > this.deadlineMs) {
      throw new ServingError('DEADLINE_EXCEEDED', `there was no time for more than ${this.#rows} rows of the mini-job`);
    }
    const { bad, predicted } = await this.predict(rows);
    for (const { model, modelLatencyMs, outputs, rows: answered, texts } of predicted) {
      await this.output.results.write(answered, outputs, model, texts);
      this.#rows += answered.length;
      this.#modelLatencyMs += modelLatencyMs;
      this.model = model;
    }
    return bad;
  }

  async #refuse(rows: BadRow[]): Promise<void> {
    const { chunk, errors, run } = this.output;
    const { format, key } = chunk;
    rows.sort((a, b) => a.place.row - b.place.row);
    await errors.write(Buffer.from(rows.map((row) => errorLine(row, { format, key, run })).join('')));
    this.#rows += rows.length;
    this.#failed += rows.length;
  }

  async close() {
    const outputBytes = await this.output.results.close();
    const errorBytes = await this.output.errors.close();
    return { rows: this.#rows, failed: this.#failed, modelLatencyMs: this.#modelLatencyMs, outputBytes, errorBytes };
  }
}
