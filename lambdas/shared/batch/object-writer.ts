import type { MultipartUpload, Objects } from './objects';

/** Somewhere that bytes go one after the other. */
export interface ByteSink {
  /** The memory of the content is the caller's again when this is done. */
  write(content: Uint8Array): Promise<void>;
  /** Answers how many bytes there were; with none there is no object. */
  close(): Promise<number>;
  /** Nothing of it is to be there. */
  abort(): Promise<void>;
}

const PART_BYTES = 8 * 1024 * 1024;
const LEAST_MEMORY = 64 * 1024;

/**
 * Writes an object of any size with the memory of one part. What is small is one request. Nobody sees the object before
 * it is complete, and who writes it again writes over it.
 */
export class ObjectWriter implements ByteSink {
  #part: Buffer = Buffer.alloc(0);
  #used = 0;
  #bytes = 0;
  #upload?: MultipartUpload;

  constructor(
    private readonly objects: Objects,
    private readonly key: string,
    private readonly type = 'application/octet-stream',
  ) {}

  async write(content: Uint8Array): Promise<void> {
    this.#bytes += content.byteLength;
    for (let at = 0; at < content.byteLength; ) {
      const end = Math.min(content.byteLength, at + PART_BYTES - this.#used);
      this.#room(this.#used + end - at).set(content.subarray(at, end), this.#used);
      this.#used += end - at;
      at = end;
      if (this.#used === PART_BYTES) await this.#flush();
    }
  }

  async close(): Promise<number> {
    if (this.#upload) {
      if (this.#used > 0) await this.#flush();
      await this.#upload.complete();
    } else if (this.#bytes > 0) {
      await this.objects.put(this.key, this.#part.subarray(0, this.#used), this.type);
    }
    return this.#bytes;
  }

  async abort(): Promise<void> {
    await this.#upload?.abort().catch(() => undefined);
  }

  async #flush(): Promise<void> {
    this.#upload ??= await this.objects.beginUpload(this.key);
    await this.#upload.add(this.#part.subarray(0, this.#used));
    this.#used = 0;
  }

  #room(bytes: number): Buffer {
    if (bytes > this.#part.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(PART_BYTES, Math.max(bytes, 2 * this.#part.length, LEAST_MEMORY)));
      this.#part.copy(larger, 0, 0, this.#used);
      this.#part = larger;
    }
    return this.#part;
  }
}
