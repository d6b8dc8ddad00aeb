import type { BatchSettings, Chunk, ModelManifest } from '../contract';
import { asServingError, ServingError } from '../errors';
import { filePieces, gunzipped } from './file-pieces';
import type { ReadableFile } from './objects';
import { contentEnd, RecordCutter, type RecordSpan, textsOf } from './records';
import { BadRow, type ReadRow, type RowPlace, type RowSource, type SourceRow } from './source-rows';

/** Makes rows of records that lie in the same bytes. */
export type ReadRecords = (data: Buffer, textOf: (start: number, end: number) => string) => ReadRecord;

/** Makes a row of the record from `start` to `end`, which is UTF-8 and without its line break. */
export type ReadRecord = (start: number, end: number, place: RowPlace) => SourceRow;

/** Rows that are in memory as objects at once: a piece of a file has a hundred times as many. */
const ROWS_AT_ONCE = 1024;

const NOT_UTF8 = 'the row is not UTF-8';
const NEVER_ENDS = 'a quoted field of the row does not end within 1 MiB, or before the file does';

/** The records of a mini-job as rows. */
export function textRows(
  file: ReadableFile,
  chunk: Chunk,
  settings: Pick<BatchSettings, 'delimiter' | 'multiline'>,
  read: ReadRecords,
): RowSource {
  const counter = { row: chunk.firstRow ?? 1, line: chunk.firstLine ?? 1 };
  const firstLine = counter.line;
  const quotedBy = chunk.format === 'csv' && settings.multiline ? settings.delimiter : undefined;
  async function* rows(): AsyncGenerator<readonly ReadRow[]> {
    for await (const { data, spans } of recordsOf(file, chunk, quotedBy)) {
      for (let start = 0; start < spans.length; start += ROWS_AT_ONCE) {
        yield rowsOf(data, spans.slice(start, start + ROWS_AT_ONCE), counter, read);
      }
    }
  }
  return { rows: rows(), lines: () => counter.line - firstLine };
}

function rowsOf(
  data: Buffer,
  spans: readonly RecordSpan[],
  counter: { row: number; line: number },
  read: ReadRecords,
): ReadRow[] {
  const { isText, textOf } = textsOf(data, spans);
  const readRecord = read(data, textOf as (start: number, end: number) => string);
  const rows: ReadRow[] = [];
  for (const span of spans) {
    const { broken, lines, start } = span;
    const end = contentEnd(data, span);
    const place = { row: counter.row, line: counter.line };
    counter.line += lines;
    if (end === start) continue;
    counter.row += 1;
    try {
      if (!isText && textOf(start, end) === undefined) throw new ServingError('INVALID_VALUE', NOT_UTF8);
      if (broken) throw new ServingError('INVALID_REQUEST', NEVER_ENDS);
      rows.push(readRecord(start, end, place));
    } catch (error) {
      // A row that cannot be read is a bad one, and not the end of the others.
      rows.push(new BadRow(place, asServingError(error)));
    }
  }
  return rows;
}

interface Records {
  readonly data: Buffer;
  readonly spans: readonly RecordSpan[];
}

/**
 * The records whose first byte lies between the start and the end of the mini-job. Where nobody has looked for the
 * boundaries, the first one begins behind the first line break, and the last one may end behind the end.
 */
async function* recordsOf(file: ReadableFile, chunk: Chunk, quotedBy: string | undefined): AsyncGenerator<Records> {
  const cutter = new RecordCutter({ quotedBy });
  const counted = chunk.firstRow !== undefined;
  const begin = counted || chunk.start === 0 ? chunk.start : chunk.start - 1;
  const raw = filePieces(file, begin, counted && !chunk.gzip ? chunk.end : file.bytes);
  const pieces = chunk.gzip ? gunzipped(raw) : raw;
  let skip = begin < chunk.start;
  // The header of a gzip file is a record of its only mini-job.
  let headers = chunk.gzip && chunk.format === 'csv' ? 1 : 0;
  let at = begin;
  const take = ({ data, spans }: ReturnType<RecordCutter['push']>): { records: Records; done: boolean } => {
    let own: RecordSpan[] = spans;
    if (skip && own.length > 0) {
      own = own.slice(1);
      skip = false;
    }
    while (headers > 0 && own.length > 0) {
      own = own.slice(1);
      headers -= 1;
    }
    const past = chunk.gzip ? -1 : own.findIndex(({ start }) => at + start >= chunk.end);
    at += spans.at(-1)?.end ?? 0;
    return { records: { data, spans: past === -1 ? own : own.slice(0, past) }, done: past !== -1 };
  };
  for await (const piece of pieces) {
    const { done, records } = take(cutter.push(piece));
    yield records;
    if (done) return;
  }
  yield take(cutter.end()).records;
}

/** The header of a CSV file, as one record, and where the rows behind it begin. */
export async function readHeader(
  pieces: AsyncIterable<Buffer>,
  settings: Pick<BatchSettings, 'delimiter' | 'multiline'>,
): Promise<{ readonly text: string; readonly end: number; readonly lines: number }> {
  const cutter = new RecordCutter({ quotedBy: settings.multiline ? settings.delimiter : undefined });
  const found = ({ data, spans: [header] }: ReturnType<RecordCutter['push']>) => {
    if (!header) return undefined;
    const text = textsOf(data, [header]).textOf(0, contentEnd(data, header));
    if (text === undefined) {
      const hint = data[0] === 0x1f && data[1] === 0x8b ? '; it looks like gzip, whose name must end in .gz' : '';
      throw new ServingError('INVALID_VALUE', `the header is not UTF-8${hint}`);
    }
    return { text: text.replace(BYTE_ORDER_MARK, ''), end: header.end, lines: header.lines };
  };
  for await (const piece of pieces) {
    const header = found(cutter.push(piece));
    if (header) return header;
  }
  const header = found(cutter.end());
  if (header) return header;
  throw new ServingError('INVALID_REQUEST', 'the file is empty; a CSV file has a header');
}

const BYTE_ORDER_MARK = /^\uFEFF/;

/** What the format of a file needs to make rows of its records. */
export interface RowFormat {
  readonly manifest: ModelManifest;
  readonly settings: BatchSettings;
}
