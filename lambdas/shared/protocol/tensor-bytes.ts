import { HEADERS } from '../contract';
import { ServingError } from '../errors';

/** The tensors behind the JSON of a request, one after the other, as its inputs announce them. */
export class TensorBytes {
  #taken = 0;

  constructor(private readonly bytes: Buffer) {}

  take(size: number, field: string): Buffer {
    const left = this.bytes.length - this.#taken;
    if (size > left) {
      const message = `${size} bytes are announced, but the body has ${left} left`;
      throw new ServingError('INVALID_REQUEST', message, { field });
    }
    this.#taken += size;
    return this.bytes.subarray(this.#taken - size, this.#taken);
  }

  /** Bytes that belong to no input show that a size is wrong, so that every tensor may be. */
  expectEnd(): void {
    const left = this.bytes.length - this.#taken;
    if (left === 0) return;
    const message = `${left} bytes at the end of the body belong to no input`;
    throw new ServingError('INVALID_REQUEST', message, { field: HEADERS.inferenceHeaderLength });
  }
}
