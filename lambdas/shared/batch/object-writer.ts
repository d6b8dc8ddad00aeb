import type { MultipartUpload, Objects } from './objects';

/** Somewhere that bytes go one after the other. */
export interface ByteSink {
  write(content: Uint8Array): Promise<void>;
  /** Answers how many bytes there were; with none there is no object. */
  close(): Promise<number>;
  /** Nothing of it is to be there. */
  abort(): Promise<void>;
}

const PART_BYTES = 8 * 1024 * 1024;

/**
 * Writes an object of any size with the memory of one part. What is small is one request. Nobody sees the object before
 * it is complete, and who writes it again writes over it.
 */
export class ObjectWriter implements ByteSink {
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #bytes = 0;
  #upload?: MultipartUpload;

  constructor(
    private readonly objects: Objects,
    private readonly key: string,
    private readonly type = 'application/octet-stream',
  ) {}

  async write(content: Uint8Array): Promise<void> {
    this.#pending.push(content);
    this.#pendingBytes += content.byteLength;
    this.#bytes += content.byteLength;
    if (this.#pendingBytes >= PART_BYTES) await this.#flush();
  }

  async close(): Promise<number> {
    if (this.#upload) {
      if (this.#pendingBytes > 0) await this.#flush();
      await this.#upload.complete();
    } else if (this.#bytes > 0) {
      await this.objects.put(this.key, this.#take(), this.type);
    }
    return this.#bytes;
  }

  async abort(): Promise<void> {
    await this.#upload?.abort().catch(() => undefined);
  }

  async #flush(): Promise<void> {
    this.#upload ??= await this.objects.beginUpload(this.key);
    await this.#upload.add(this.#take());
  }

  #take(): Buffer {
    const content = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    return content;
  }
}
