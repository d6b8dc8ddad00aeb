import type { AnsweringEnv } from '../env';
import { ServingError } from '../errors';

/** Checksums that the SDK adds by itself would be one more pass over each body, and in links those of an empty one. */
export const S3_SETTINGS = {
  maxAttempts: 3,
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
  requestHandler: { connectionTimeout: 1000, requestTimeout: 5000, throwOnRequestTimeout: true },
} as const;

/** Bodies in a bucket that are too large for where they should go. The client is loaded when it is needed. */
export class ObjectStore {
  #connection?: ReturnType<ObjectStore['connectObjects']>;

  constructor(
    readonly bucket: string,
    protected readonly clientOptions: Readonly<Record<string, unknown>>,
  ) {}

  async put(key: string, body: Uint8Array, type: string): Promise<{ readonly key: string; readonly bytes: number }> {
    const { client, PutObjectCommand } = await this.#connect();
    await unlessRefused('stored', () =>
      client.send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: body, ContentType: type })),
    );
    return { key, bytes: body.byteLength };
  }

  async get({ key }: { readonly key: string }): Promise<Buffer> {
    const { client, GetObjectCommand } = await this.#connect();
    return unlessRefused('read', async () => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    });
  }

  #connect() {
    this.#connection ??= this.connectObjects();
    return this.#connection;
  }

  private async connectObjects() {
    const { GetObjectCommand, PutObjectCommand, S3Client } = await import('./object-client');
    return { client: new S3Client({ ...S3_SETTINGS, ...this.clientOptions }), GetObjectCommand, PutObjectCommand };
  }
}

/** The store of a function whose environment names a bucket for bodies by reference. */
export function objectsOf({ clientOptions, graphBucket }: AnsweringEnv): ObjectStore | undefined {
  return graphBucket === undefined ? undefined : new ObjectStore(graphBucket, clientOptions);
}

export async function unlessRefused<Answer>(what: string, attempt: () => Promise<Answer>): Promise<Answer> {
  try {
    return await attempt();
  } catch (cause) {
    throw new ServingError('UNAVAILABLE', `The payload could not be ${what}.`, { retryAfterMs: 1000, cause });
  }
}
