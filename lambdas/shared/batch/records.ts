import { isAscii, isUtf8 } from 'node:buffer';

/** How a text file falls into records. */
export interface RecordRules {
  /** Field delimiter of a CSV file whose quoted fields may hold line breaks; absent: every line is a record. */
  readonly quotedBy?: string;
  /** Longest quoted field that is believed; default: 1 MiB. */
  readonly maxRecordBytes?: number;
}

/** Where a record lies. Blank lines are records too. */
export interface RecordSpan {
  readonly start: number;
  /** Behind its last byte, the line break included. */
  readonly end: number;
  /** Lines that it takes. */
  readonly lines: number;
  /** A quoted field of it never ends: it is its first line, and what follows is read anew. */
  readonly broken?: boolean;
}

const LF = 10;
const CR = 13;
const QUOTE = 34;
const MAX_RECORD_BYTES = 1024 * 1024;

/**
 * Cuts a stream of bytes into records. It holds no more than one piece of the stream and the record that is not finished,
 * so that memory does not grow with the file. Whoever begins at the start of a record finds the same records behind it.
 */
export class RecordCutter {
  #rest: Buffer = Buffer.alloc(0);
  readonly #delimiter: number | undefined;
  readonly #maxBytes: number;

  constructor({ quotedBy, maxRecordBytes = MAX_RECORD_BYTES }: RecordRules) {
    this.#delimiter = quotedBy?.charCodeAt(0);
    this.#maxBytes = maxRecordBytes;
  }

  /** The records that the next piece of the stream completes, in the bytes that are answered. */
  push(piece: Buffer): { readonly data: Buffer; readonly spans: RecordSpan[] } {
    const data = this.#rest.length > 0 ? Buffer.concat([this.#rest, piece]) : piece;
    const spans = this.#cut(data, false);
    this.#rest = data.subarray(spans.at(-1)?.end ?? 0);
    return { data, spans };
  }

  /** What is left when the stream has ended: a last record without a line break. */
  end(): { readonly data: Buffer; readonly spans: RecordSpan[] } {
    const data = this.#rest;
    this.#rest = Buffer.alloc(0);
    return { data, spans: this.#cut(data, true) };
  }

  #cut(data: Buffer, last: boolean): RecordSpan[] {
    const spans: RecordSpan[] = [];
    // Where nothing is quoted, a line is a record, and finding lines is the processor's own work.
    const quoted = this.#delimiter !== undefined && data.includes(QUOTE);
    for (let start = 0; start < data.length; ) {
      const span = quoted ? this.#quotedSpan(data, start, last) : lineSpan(data, start, last);
      if (!span) break;
      spans.push(span);
      start = span.end;
    }
    return spans;
  }

  /** Undefined: more bytes are needed to tell where it ends. */
  #quotedSpan(data: Buffer, start: number, last: boolean): RecordSpan | undefined {
    let lines = 1;
    let state: 'field' | 'plain' | 'quoted' | 'closing' = 'field';
    for (let at = start; at < data.length; at++) {
      const byte = data[at];
      if (state === 'quoted') {
        if (byte === QUOTE) state = 'closing';
        else if (byte === LF) lines += 1;
      } else if (byte === LF) {
        return { start, end: at + 1, lines };
      } else if (byte === QUOTE && state !== 'plain') {
        state = 'quoted';
      } else {
        state = byte === this.#delimiter ? 'field' : 'plain';
      }
      if (state === 'quoted' && at - start > this.#maxBytes) return brokenSpan(data, start);
    }
    if (state === 'quoted') return last ? brokenSpan(data, start) : undefined;
    return last ? { start, end: data.length, lines } : undefined;
  }
}

function lineSpan(data: Buffer, start: number, last: boolean): RecordSpan | undefined {
  const at = data.indexOf(LF, start);
  if (at !== -1) return { start, end: at + 1, lines: 1 };
  return last ? { start, end: data.length, lines: 1 } : undefined;
}

function brokenSpan(data: Buffer, start: number): RecordSpan {
  const at = data.indexOf(LF, start);
  return { start, end: at === -1 ? data.length : at + 1, lines: 1, broken: true };
}

/** Where the line break of a record begins. */
export function contentEnd(data: Buffer, { end, start }: RecordSpan): number {
  let last = end;
  if (last > start && data[last - 1] === LF) last -= 1;
  if (last > start && data[last - 1] === CR) last -= 1;
  return last;
}

/** Whether there is nothing in it but its line break. */
export function isBlank(data: Buffer, span: RecordSpan): boolean {
  return contentEnd(data, span) === span.start;
}

/** The text of some bytes; undefined where they are not UTF-8. */
export type TextOf = (start: number, end: number) => string | undefined;

/** Texts of records: what all of them are is found out once. */
export function textsOf(
  data: Buffer,
  spans: readonly RecordSpan[],
): { readonly isText: boolean; readonly textOf: TextOf } {
  const whole = data.subarray(spans[0]?.start ?? 0, spans.at(-1)?.end ?? 0);
  if (isAscii(whole)) return { isText: true, textOf: (start, end) => data.toString('latin1', start, end) };
  const isText = isUtf8(whole);
  return {
    isText,
    textOf: (start, end) =>
      isText || isUtf8(data.subarray(start, end)) ? data.toString('utf8', start, end) : undefined,
  };
}
