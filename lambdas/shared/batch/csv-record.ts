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

/** A record without quotes where it lies in its file. No text is made of what nobody asks for as a text. */
export class PlainRecord implements CsvRecord {
  #data: Buffer = Buffer.alloc(0);
  /** Where each field begins, and where one behind the last one would. */
  readonly #starts: Int32Array;

  constructor(
    private readonly delimiter: number,
    private readonly fields: number,
  ) {
    this.#starts = new Int32Array(fields + 1);
  }

  /** False where the record is not plain, or has another number of fields. */
  take(data: Buffer, start: number, end: number): boolean {
    const { delimiter, fields } = this;
    const starts = this.#starts;
    starts[0] = start;
    let field = 1;
    for (let at = start; at < end; at++) {
      const byte = data[at];
      if (byte === delimiter) {
        if (field === fields) return false;
        starts[field++] = at + 1;
      } else if (byte === QUOTE || byte === CR || byte === LF) return false;
    }
    starts[fields] = end + 1;
    this.#data = data;
    return field === fields;
  }

  text(field: number): string {
    return this.#data.toString('utf8', this.#starts[field], (this.#starts[field + 1] as number) - 1);
  }

  /** Digits with a point: a whole number and a power of ten, both exact, so that their quotient is what `Number` says. */
  number(field: number): number {
    const data = this.#data;
    const end = (this.#starts[field + 1] as number) - 1;
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
    return this.#starts[field + 1] === (this.#starts[field] as number) + 1;
  }

  copy(field: number, to: ByteText): void {
    to.copy(this.#data, this.#starts[field] as number, (this.#starts[field + 1] as number) - 1);
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
