import { csvColumns } from '../shared/batch/csv-rows';
import { filePieces, gunzipped } from '../shared/batch/file-pieces';
import type { ReadableFile } from '../shared/batch/objects';
import { openParquet } from '../shared/batch/parquet-file';
import { parquetColumns } from '../shared/batch/parquet-rows';
import { isBlank, RecordCutter, type RecordSpan } from '../shared/batch/records';
import { type RowFormat, readHeader } from '../shared/batch/text-rows';
import type { BatchSettings, Chunk } from '../shared/contract';
import { ServingError } from '../shared/errors';
import type { InputFile } from './find-files';

/** A mini-job before it has its place among all. */
export type Cut = Omit<Chunk, 'v' | 'index'>;

/** How a file falls into mini-jobs. */
export interface CutFile {
  readonly cuts: readonly Cut[];
  /** Undefined: nobody can tell before. */
  readonly rows?: number;
  readonly estimated?: boolean;
}

/** What a mini-job may hold, at most. */
export type ChunkLimits = Pick<BatchSettings, 'chunkRows' | 'chunkBytes'>;

/**
 * Cuts a file into mini-jobs. Parquet by row groups; a file whose rows nobody has to number by ranges of bytes, unread;
 * any other by the boundaries that one pass finds. A gzip file can only be read from its start, and is one.
 *
 * @throws ServingError where the file is not what it should be, before any row is predicted
 */
export async function cutFile(file: ReadableFile, found: InputFile, format: RowFormat): Promise<CutFile> {
  const { settings } = format;
  if (settings.bodies && found.format !== 'jsonl') {
    const message = 'hooks read bodies of POST /predict, one in a line: with them the file must be JSONL';
    throw new ServingError('UNSUPPORTED_MEDIA_TYPE', message);
  }
  if (found.format === 'parquet') return cutParquet(file, found, format);
  const pieces = () => (found.gzip ? gunzipped(filePieces(file)) : filePieces(file));
  const header = found.format === 'csv' ? await readHeader(pieces(), settings) : undefined;
  if (header) await csvColumns(header.text, format);
  const start = { offset: header?.end ?? 0, line: (header?.lines ?? 0) + 1 };
  const { etag, format: kind, key } = found;
  const common = { key, etag, format: kind };
  if (found.gzip) {
    return { cuts: [{ ...common, gzip: true, start: 0, end: found.bytes, firstRow: 1, firstLine: start.line }] };
  }
  const byRanges = settings.idColumn !== undefined && (kind === 'jsonl' || !settings.multiline);
  return byRanges ? cutByRanges(file, common, start.offset, settings) : cutByBoundaries(file, common, start, settings);
}

type Common = Pick<Cut, 'key' | 'etag' | 'format'>;

async function cutParquet(file: ReadableFile, { etag, key }: InputFile, format: RowFormat): Promise<CutFile> {
  const parquet = await openParquet(file);
  parquetColumns(parquet, format);
  const cuts: Cut[] = [];
  let start = 0;
  let end = 0;
  const add = () => {
    if (end > start) cuts.push({ key, etag, format: 'parquet', start, end, firstRow: start + 1, rows: end - start });
    start = end;
  };
  for (const { num_rows } of parquet.metadata.row_groups) {
    if (end > start && end - start + Number(num_rows) > format.settings.chunkRows) add();
    end += Number(num_rows);
  }
  add();
  return { cuts, rows: end };
}

const SAMPLE_BYTES = 256 * 1024;

/** How many rows there are a sample says; the workers find where they begin and end. */
async function cutByRanges(file: ReadableFile, common: Common, offset: number, limits: ChunkLimits): Promise<CutFile> {
  const sample = await file.read(offset, Math.min(offset + SAMPLE_BYTES, file.bytes));
  let records = 0;
  let bytes = 0;
  for (let at = sample.indexOf(10); at !== -1; at = sample.indexOf(10, at + 1)) {
    records += 1;
    bytes = at + 1;
  }
  const rowBytes = records > 0 ? bytes / records : sample.length || 1;
  const size = Math.max(1, Math.ceil(Math.min(limits.chunkBytes, limits.chunkRows * rowBytes)));
  const cuts: Cut[] = [];
  // Without a row it is a mini-job all the same, so that it has results: none.
  for (let start = offset; start < file.bytes || cuts.length === 0; start += size) {
    cuts.push({ ...common, start, end: Math.min(start + size, file.bytes) });
  }
  return { cuts, rows: Math.round((file.bytes - offset) / rowBytes), estimated: true };
}

/** One pass over the file, with the memory of one piece. */
async function cutByBoundaries(
  file: ReadableFile,
  common: Common,
  begin: { readonly offset: number; readonly line: number },
  { chunkBytes, chunkRows, delimiter, multiline }: BatchSettings,
): Promise<CutFile> {
  const cutter = new RecordCutter({ quotedBy: common.format === 'csv' && multiline ? delimiter : undefined });
  const cuts: Cut[] = [];
  let at = begin.offset;
  let next = { start: at, firstRow: 1, firstLine: begin.line };
  let row = 1;
  let line = begin.line;
  const close = (end: number) => {
    if (row > next.firstRow) cuts.push({ ...common, ...next, end, rows: row - next.firstRow });
    next = { start: end, firstRow: row, firstLine: line };
  };
  const count = ({ data, spans }: { readonly data: Buffer; readonly spans: readonly RecordSpan[] }) => {
    for (const span of spans) {
      if (!isBlank(data, span)) row += 1;
      line += span.lines;
      const end = at + span.end;
      if (row - next.firstRow >= chunkRows || end - next.start >= chunkBytes) close(end);
    }
    at += spans.at(-1)?.end ?? 0;
  };
  for await (const piece of filePieces(file, at)) count(cutter.push(piece));
  count(cutter.end());
  close(file.bytes);
  // Without a row it is a mini-job all the same, so that it has results: none.
  if (cuts.length === 0) cuts.push({ ...common, ...next, end: file.bytes, rows: 0 });
  return { cuts, rows: row - 1 };
}
