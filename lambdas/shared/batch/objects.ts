import { ServingError } from '../errors';

/** An object that can be read in pieces. */
export interface ReadableFile {
  readonly bytes: number;
  /** Bytes from `start` to `end`, which is exclusive. */
  read(start: number, end: number): Promise<Buffer>;
}

/** An object as a listing has it. */
export interface FoundObject {
  readonly key: string;
  readonly bytes: number;
  readonly etag: string;
}

/** A part of an object that another one is put together from. */
export interface Piece {
  readonly key: string;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

type Sdk = typeof import('./batch-s3-client');

interface Connection {
  readonly client: InstanceType<Sdk['S3Client']>;
  readonly sdk: Sdk;
}

/** A bucket with files of rows. A call that is not answered within seconds is tried again, and then an error. */
export class Objects {
  #connection?: Promise<Connection>;

  constructor(
    readonly bucket: string,
    private readonly clientOptions: Readonly<Record<string, unknown>>,
  ) {}

  /** The objects whose keys begin with `prefix`, in the order of their keys. */
  async list(prefix: string): Promise<FoundObject[]> {
    const found: FoundObject[] = [];
    for (let token: string | undefined, first = true; first || token; first = false) {
      const request = { Bucket: this.bucket, Prefix: prefix, ContinuationToken: token };
      const page = await this.#ask(prefix, ({ client, sdk }) => client.send(new sdk.ListObjectsV2Command(request)));
      for (const { ETag: etag = '', Key: key = '', Size: bytes = 0 } of page.Contents ?? []) {
        found.push({ key, bytes, etag });
      }
      token = page.NextContinuationToken;
    }
    return found;
  }

  /** Undefined where there is none. */
  async head(key: string): Promise<FoundObject | undefined> {
    try {
      const request = { Bucket: this.bucket, Key: key };
      const found = await this.#ask(key, ({ client, sdk }) => client.send(new sdk.HeadObjectCommand(request)));
      return { key, bytes: found.ContentLength ?? 0, etag: found.ETag ?? '' };
    } catch (error) {
      // S3 says 403 for what is not there to those who may not list the bucket.
      if ([403, 404].includes(statusOf((error as Error).cause) ?? 0)) return undefined;
      throw error;
    }
  }

  /** A file, with an ETag in one state of it: what has been written over it since is not read. */
  open({ bytes, etag, key }: Omit<FoundObject, 'etag'> & { readonly etag?: string }): ReadableFile {
    return { bytes, read: (start, end) => this.#read(key, { etag, start, end: Math.min(end, bytes) }) };
  }

  async get(key: string): Promise<Buffer> {
    return this.#read(key, {});
  }

  async put(key: string, body: Uint8Array | string, type = 'application/octet-stream'): Promise<void> {
    const request = { Bucket: this.bucket, Key: key, Body: body, ContentType: type };
    await this.#ask(key, ({ client, sdk }) => client.send(new sdk.PutObjectCommand(request)));
  }

  async delete(key: string): Promise<void> {
    const request = { Bucket: this.bucket, Key: key };
    await this.#ask(key, ({ client, sdk }) => client.send(new sdk.DeleteObjectCommand(request)));
  }

  async beginUpload(key: string): Promise<MultipartUpload> {
    const object = { Bucket: this.bucket, Key: key };
    const begun = await this.#ask(key, ({ client, sdk }) => client.send(new sdk.CreateMultipartUploadCommand(object)));
    const upload = { ...object, UploadId: begun.UploadId };
    const parts: { readonly PartNumber: number; readonly ETag?: string }[] = [];
    return {
      add: async (content) => {
        const request = { ...upload, PartNumber: parts.length + 1, Body: content };
        const { ETag } = await this.#ask(key, ({ client, sdk }) => client.send(new sdk.UploadPartCommand(request)));
        parts.push({ ETag, PartNumber: request.PartNumber });
      },
      copy: async ({ end, key: from, start }) => {
        const CopySource = `${this.bucket}/${from.split('/').map(encodeURIComponent).join('/')}`;
        const request = {
          ...upload,
          PartNumber: parts.length + 1,
          CopySource,
          CopySourceRange: `bytes=${start}-${end - 1}`,
        };
        const done = await this.#ask(key, ({ client, sdk }) => client.send(new sdk.UploadPartCopyCommand(request)));
        parts.push({ ETag: done.CopyPartResult?.ETag, PartNumber: request.PartNumber });
      },
      complete: async () => {
        const request = { ...upload, MultipartUpload: { Parts: parts } };
        await this.#ask(key, ({ client, sdk }) => client.send(new sdk.CompleteMultipartUploadCommand(request)));
      },
      abort: async () => {
        await this.#ask(key, ({ client, sdk }) => client.send(new sdk.AbortMultipartUploadCommand(upload)));
      },
    };
  }

  async #read(key: string, { end, etag, start }: { etag?: string; start?: number; end?: number }): Promise<Buffer> {
    if (start !== undefined && end !== undefined && end <= start) return Buffer.alloc(0);
    const Range = start === undefined || end === undefined ? undefined : `bytes=${start}-${end - 1}`;
    const request = { Bucket: this.bucket, Key: key, Range, IfMatch: etag };
    // A body can break off after its headers, which the client does not try again.
    for (let attempt = 1; ; attempt++) {
      try {
        const { Body } = await this.#ask(key, ({ client, sdk }) => client.send(new sdk.GetObjectCommand(request)));
        const { buffer, byteOffset, byteLength } = (await Body?.transformToByteArray()) ?? new Uint8Array();
        return Buffer.from(buffer, byteOffset, byteLength);
      } catch (error) {
        if (attempt === 3 || error instanceof ServingError) throw error;
      }
    }
  }

  async #ask<Answer>(key: string, send: (connection: Connection) => Promise<Answer>): Promise<Answer> {
    this.#connection ??= this.#connect();
    const connection = await this.#connection;
    try {
      return await send(connection);
    } catch (cause) {
      const status = statusOf(cause);
      const object = `s3://${this.bucket}/${key}`;
      if (status === 412)
        throw new ServingError('CONFLICT', `${object} was written over since the run began`, { cause });
      const hint = status === 403 ? ' (not allowed, or not there)' : '';
      throw new ServingError('UNAVAILABLE', `${object}: ${(cause as Error).name}${hint}`, { cause });
    }
  }

  async #connect(): Promise<Connection> {
    const sdk = await import('./batch-s3-client');
    const requestHandler = { connectionTimeout: 2000, requestTimeout: 20_000, throwOnRequestTimeout: true };
    // TLS and the object's ETag protect what is read and written; checksums of our own would be computed for each piece.
    const checksums = {
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    } as const;
    const client = new sdk.S3Client({ maxAttempts: 4, requestHandler, ...checksums, ...this.clientOptions });
    return { client, sdk };
  }
}

/** An object that comes into being part by part, and is there only when it is complete. */
export interface MultipartUpload {
  /** At least 5 MiB, but for the last one. */
  add(content: Uint8Array): Promise<void>;
  copy(piece: Piece): Promise<void>;
  complete(): Promise<void>;
  abort(): Promise<void>;
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode;
}
