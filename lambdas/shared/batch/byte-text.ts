import { countOf, writeDigits, writeFloat32 } from './float-text';

/** The longest that a number is as text. */
const NUMBER_BYTES = 32;

const MINUS = 45;

/** A text that grows as bytes: what comes from a file or is a number goes in without ever being a string. */
export class ByteText {
  length = 0;
  #bytes: Buffer;

  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
  }

  /** What has been written so far, in the memory that `clear` gives free again. */
  content(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  byte(value: number): void {
    const bytes = this.#room(1);
    bytes[this.length++] = value;
  }

  copy(source: Uint8Array, start: number, end: number): void {
    const bytes = this.#room(end - start);
    // Fields are short: a loop is faster than a call.
    let to = this.length;
    for (let at = start; at < end; at++) bytes[to++] = source[at] as number;
    this.length = to;
  }

  /** What another one holds between two places. */
  copyOf(other: ByteText, start: number, end: number): void {
    this.copy(other.#bytes, start, end);
  }

  text(text: string): void {
    const bytes = this.#room(3 * text.length);
    this.length += bytes.write(text, this.length);
  }

  slice(start: number, end: number): string {
    return this.#bytes.toString('utf8', start, end);
  }

  /** A whole number of less than 31 bits. */
  integer(value: number): void {
    const bytes = this.#room(NUMBER_BYTES);
    if (value < 0) bytes[this.length++] = MINUS;
    const positive = Math.abs(value);
    this.length = writeDigits(positive, countOf(positive), bytes, this.length);
  }

  /** The shortest text that is read back as the same number of single precision. */
  float32(value: number): void {
    const bytes = this.#room(NUMBER_BYTES);
    this.length = writeFloat32(value, bytes, this.length);
  }

  #room(bytes: number): Buffer {
    const needed = this.length + bytes;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, this.length);
      this.#bytes = larger;
    }
    return this.#bytes;
  }
}
