import type { ByteText } from './byte-text';
import { cellText } from './csv-fields';

/** The fields of one record. */
export interface CsvRecord {
  text(field: number): string;
  /** Not a number where the field is not written plainly: then its text may still be one. */
  number(field: number): number;
  isEmpty(field: number): boolean;
  /** Adds the field as it stands in a CSV file. */
  copy(field: number, to: ByteText): void;
}

const [LF, CR, QUOTE, MINUS, POINT, ZERO] = [10, 13, 34, 45, 46, 48] as const;

/** Powers of ten that a number holds exactly. */
const POWERS = Float64Array.from({ length: 16 }, (_, exponent) => Number(`1e${exponent}`));
/** Digits of any whole number that a number holds exactly. */
const DIGITS = 15;

/** How a field is written. */
const [PLAIN, QUOTED, QUOTED_OF_NEED, WITH_QUOTES] = [0, 1, 2, 3] as const;

/** A record where it lies in its file. No text is made of what nobody asks for as a text. */
export class RecordInPlace implements CsvRecord {
  #data: Buffer = Buffer.alloc(0);
  /** Where the content of each field is, without the quotes around it. */
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  readonly #forms: Uint8Array;

  constructor(
    private readonly delimiter: number,
    private readonly fields: number,
  ) {
    this.#starts = new Int32Array(fields);
    this.#ends = new Int32Array(fields);
    this.#forms = new Uint8Array(fields);
  }

  /** False where the record has another number of fields, or quotes that the parser has to look at. */
  take(data: Buffer, start: number, end: number): boolean {
    const { delimiter, fields } = this;
    this.#data = data;
    let at = start;
    for (let field = 0; field < fields; field++) {
      if (at > end) return false;
      if (at < end && data[at] === QUOTE) {
        at = this.#takeQuoted(field, at, end);
        if (at === -1) return false;
      } else {
        this.#starts[field] = at;
        for (; at < end; at++) {
          const byte = data[at];
          if (byte === delimiter) break;
          if (byte === QUOTE || byte === CR || byte === LF) return false;
        }
        this.#ends[field] = at;
        this.#forms[field] = PLAIN;
      }
      at += 1;
    }
    return at === end + 1;
  }

  /** Answers where the delimiter behind it is; -1 where there is something else. */
  #takeQuoted(field: number, quote: number, end: number): number {
    const data = this.#data;
    const { delimiter } = this;
    let form: number = QUOTED;
    let at = quote + 1;
    for (; at < end; at++) {
      const byte = data[at];
      if (byte === QUOTE) {
        if (at + 1 === end || data[at + 1] !== QUOTE) break;
        form = WITH_QUOTES;
        at += 1;
      } else if (form === QUOTED && (byte === delimiter || byte === CR || byte === LF)) form = QUOTED_OF_NEED;
    }
    if (at >= end || (at + 1 < end && data[at + 1] !== delimiter)) return -1;
    this.#starts[field] = quote + 1;
    this.#ends[field] = at;
    this.#forms[field] = form;
    return at + 1;
  }

  text(field: number): string {
    const text = this.#data.toString('utf8', this.#starts[field], this.#ends[field]);
    return this.#forms[field] === WITH_QUOTES ? text.replaceAll('""', '"') : text;
  }

  /** Digits with a point: a whole number and a power of ten, both exact, so that their quotient is what `Number` says. */
  number(field: number): number {
    const data = this.#data;
    const end = this.#ends[field] as number;
    let at = this.#starts[field] as number;
    const negative = data[at] === MINUS;
    if (negative) at += 1;
    let value = 0;
    let digits = 0;
    let point = -1;
    for (; at < end; at++) {
      const digit = (data[at] as number) - ZERO;
      if (digit >= 0 && digit <= 9) {
        value = 10 * value + digit;
        digits += 1;
      } else if (digit === POINT - ZERO && point === -1) point = digits;
      else return Number.NaN;
    }
    if (digits === 0 || digits > DIGITS) return Number.NaN;
    if (point !== -1) value /= POWERS[digits - point] as number;
    return negative ? -value : value;
  }

  isEmpty(field: number): boolean {
    return this.#starts[field] === this.#ends[field];
  }

  copy(field: number, to: ByteText): void {
    // What needs its quotes has them already.
    const quotes = (this.#forms[field] as number) >= QUOTED_OF_NEED ? 1 : 0;
    to.copy(this.#data, (this.#starts[field] as number) - quotes, (this.#ends[field] as number) + quotes);
  }
}

/** A record that the parser has taken apart. */
export class ParsedRecord implements CsvRecord {
  constructor(
    private readonly cells: readonly string[],
    private readonly delimiter: string,
  ) {}

  text(field: number): string {
    return this.cells[field] as string;
  }

  number(): number {
    return Number.NaN;
  }

  isEmpty(field: number): boolean {
    return this.cells[field] === '';
  }

  copy(field: number, to: ByteText): void {
    to.text(cellText(this.text(field), this.delimiter));
  }
}
