import { ObjectStore, S3_SETTINGS, unlessRefused } from '../payloads/object-store';
import type { PayloadRef } from './job';

/** Minutes are enough to begin a transfer; a link that leaks is soon worth nothing. */
const LINK_SECONDS = 900;

/** A link to one object for whoever has it. */
export interface Link {
  readonly url: string;
  readonly expiresAt: number;
}

/** Bodies that are too large for a row, in S3: beside put and get, what only jobs do with them. */
export class PayloadStore extends ObjectStore {
  #connection?: ReturnType<PayloadStore['connect']>;

  /** Size of an object; undefined where there is none. */
  async sizeOf(key: string): Promise<number | undefined> {
    const { client, HeadObjectCommand } = await this.#connect();
    return unlessRefused('read', async () => {
      try {
        return (await client.send(new HeadObjectCommand({ Bucket: this.bucket, Key: key }))).ContentLength;
      } catch (error) {
        // S3 says 403 for what is not there to those who may not list the bucket.
        const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
        if (status === 404 || status === 403) return undefined;
        throw error;
      }
    });
  }

  async linkToGet({ key }: PayloadRef): Promise<Link> {
    const { client, GetObjectCommand, getSignedUrl } = await this.#connect();
    const command = new GetObjectCommand({ Bucket: this.bucket, Key: key });
    const expiresAt = Date.now() + LINK_SECONDS * 1000;
    return { url: await getSignedUrl(client, command, { expiresIn: LINK_SECONDS }), expiresAt };
  }

  /** For one body of exactly so many bytes. */
  async linkToPut(key: string, bytes: number): Promise<Link> {
    const { client, getSignedUrl, PutObjectCommand } = await this.#connect();
    const command = new PutObjectCommand({ Bucket: this.bucket, Key: key, ContentLength: bytes });
    const signableHeaders = new Set(['host', 'content-length']);
    const expiresAt = Date.now() + LINK_SECONDS * 1000;
    return { url: await getSignedUrl(client, command, { expiresIn: LINK_SECONDS, signableHeaders }), expiresAt };
  }

  #connect() {
    this.#connection ??= this.connect();
    return this.#connection;
  }

  private async connect() {
    const { GetObjectCommand, getSignedUrl, HeadObjectCommand, PutObjectCommand, S3Client } = await import(
      './payload-client'
    );
    const client = new S3Client({ ...S3_SETTINGS, ...this.clientOptions });
    return { client, GetObjectCommand, getSignedUrl, HeadObjectCommand, PutObjectCommand };
  }
}
