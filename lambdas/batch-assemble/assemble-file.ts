import type { BatchService } from '../shared/batch/batch-service';
import { csvHeader } from '../shared/batch/csv-results';
import { csvColumns } from '../shared/batch/csv-rows';
import { filePieces, gunzipped } from '../shared/batch/file-pieces';
import { ObjectWriter } from '../shared/batch/object-writer';
import { outputsOf } from '../shared/batch/result-columns';
import { errorsKey, outputKey, partKeys } from '../shared/batch/run-keys';
import { readHeader } from '../shared/batch/text-rows';
import type { BatchFormat, Chunk, ChunkRow } from '../shared/contract';
import { assembleObject } from './assemble-object';
import type { Source } from './assembly-plan';
import { movedErrors } from './moved-errors';

/** A mini-job and what became of it. */
export interface EndedChunk {
  readonly chunk: Chunk;
  readonly row?: ChunkRow;
}

/** A file in the account of a run. */
export interface FileAccount {
  readonly file: string;
  readonly format: BatchFormat;
  readonly rows: number;
  readonly failed: number;
  /** Rows of mini-jobs that were not done, as far as somebody has counted them. */
  readonly missing: number;
  /** Keys of the results: one file, or the parts of a Parquet file. */
  readonly results: readonly string[];
  readonly errors?: string;
}

export const isDone = ({ row }: EndedChunk): boolean => row?.state === 'DONE';

/** One file of results and one of errors from those of its mini-jobs, in the order of its rows. */
export async function assembleFile(
  run: string,
  chunks: readonly EndedChunk[],
  service: BatchService,
): Promise<FileAccount> {
  const [{ chunk: first }] = chunks as [EndedChunk];
  const { settings } = service.env;
  const written = chunks.filter(({ row }) => isDone({ row } as EndedChunk) && (row?.outputBytes ?? 0) > 0);
  const parts = written.map(({ chunk, row }) => ({
    key: partKeys(settings, run, chunk).results,
    bytes: row?.outputBytes ?? 0,
  }));
  const results = outputKey(settings, run, first.key);
  if (first.format !== 'parquet') {
    const sources: Source[] = first.format === 'csv' ? [await headerOf(first, service), ...parts] : parts;
    if (sources.length > 0) await assembleObject(results, sources, service.output);
    // A file whose rows are all bad has results all the same: none.
    else await service.output.put(results, '');
  }
  const errors = await assembleErrors(run, chunks, service);
  return {
    file: first.key,
    format: first.format,
    rows: sum(chunks, ({ row }) => row?.rows),
    failed: sum(chunks, ({ row }) => row?.failed),
    missing: sum(chunks, (each) => (isDone(each) ? 0 : each.chunk.rows)),
    results: first.format === 'parquet' ? parts.map(({ key }) => key) : [results],
    errors,
  };
}

async function headerOf({ etag, gzip, key }: Chunk, service: BatchService): Promise<Buffer> {
  const { env, input, manifest } = service;
  const { settings } = env;
  const found = await input.head(key);
  const file = input.open({ key, etag, bytes: found?.bytes ?? 0 });
  const header = await readHeader(gzip ? gunzipped(filePieces(file)) : filePieces(file), settings);
  const columns = await csvColumns(header.text, { manifest, settings });
  const joined = columns.joined.map((index) => columns.names[index] as string);
  const { delimiter, idColumn } = settings;
  return Buffer.from(csvHeader({ manifest, outputs: outputsOf(manifest, settings), delimiter, idColumn, joined }));
}

/** Undefined: there are none. */
async function assembleErrors(
  run: string,
  chunks: readonly EndedChunk[],
  service: BatchService,
): Promise<string | undefined> {
  const { env, output } = service;
  const [{ chunk: first }] = chunks as [EndedChunk];
  const key = errorsKey(env.settings, run, first.key);
  const writer = new ObjectWriter(output, key, 'application/x-ndjson');
  const counted = { row: 0, line: first.format === 'csv' ? await headerLines(first, service) : 0 };
  for (const each of chunks) {
    const { chunk, row } = each;
    if (!isDone(each)) await writer.write(Buffer.from(missingLine(run, each)));
    else if (row?.errorBytes) {
      const text = (await output.get(partKeys(env.settings, run, chunk).errors)).toString();
      await writer.write(Buffer.from(chunk.firstRow === undefined ? movedErrors(text, counted) : text));
    }
    counted.row += row?.rows ?? chunk.rows ?? 0;
    counted.line += row?.lines ?? 0;
  }
  return (await writer.close()) > 0 ? key : undefined;
}

/** Of a file whose first line nobody has counted: its rows begin behind the header. */
async function headerLines({ etag, firstLine, gzip, key }: Chunk, { env, input }: BatchService): Promise<number> {
  if (firstLine !== undefined || gzip) return 0;
  const file = input.open({ key, etag, bytes: (await input.head(key))?.bytes ?? 0 });
  return (await readHeader(filePieces(file), env.settings)).lines;
}

/** Rows that nobody could try: the mini-job failed as a whole. */
function missingLine(run: string, { chunk, row }: EndedChunk): string {
  const { end, firstRow, format, key, rows, start } = chunk;
  const { code, message } = row?.error ?? { code: 'INTERNAL', message: 'no worker came to its end with it' };
  const bytes = format === 'parquet' ? undefined : [start, end];
  const tries = row?.tries ?? 0;
  return `${JSON.stringify({ file: key, row: firstRow, rows, bytes, code, reason: message, tries, run_id: run })}\n`;
}

function sum(chunks: readonly EndedChunk[], of: (chunk: EndedChunk) => number | undefined): number {
  return chunks.reduce((total, chunk) => total + (of(chunk) ?? 0), 0);
}
