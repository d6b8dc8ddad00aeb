import type { Readable } from 'node:stream';

/** Which bytes of an object, and on what condition. */
export interface ObjectRequest {
  readonly bucket: string;
  readonly key: string;
  /** First and last byte. */
  readonly range?: readonly [number, number];
  /** Only this state of the object: another one is an error. */
  readonly ifMatch?: string;
  /** Only another state of the object than this one. */
  readonly ifNoneMatch?: string;
  readonly signal?: AbortSignal;
}

/** An object, or a range of one. */
export interface ObjectContent {
  readonly body: Readable;
  /** Size of the whole object, where a range was asked for. */
  readonly totalBytes: number;
  /** Names the state of the object. */
  readonly etag?: string;
}

/** Reads an object of a bucket; undefined where it is as `ifNoneMatch` says. */
export type ReadObject = (request: ObjectRequest) => Promise<ObjectContent | undefined>;

/** A store that does not answer is an error and another try, not a function that hangs. */
const TIMEOUTS = { connectionTimeout: 1000, requestTimeout: 5000, throwOnRequestTimeout: true, socketTimeout: 5000 };

/** Reads with the AWS SDK, which is loaded at the first read: a model in the asset never pays for it. */
export function s3Reader(clientOptions: Readonly<Record<string, unknown>>): ReadObject {
  const connect = async () => {
    const { GetObjectCommand, S3Client } = await import('./s3-client');
    // Whoever reads tries again by itself, because a body can break off too; and it knows a stronger hash.
    const settings = { maxAttempts: 1, responseChecksumValidation: 'WHEN_REQUIRED' } as const;
    const client = new S3Client({ ...settings, requestHandler: TIMEOUTS, ...clientOptions });
    return { client, GetObjectCommand };
  };
  let connection: ReturnType<typeof connect> | undefined;
  return async ({ bucket, key, range, ifMatch, ifNoneMatch, signal }) => {
    connection ??= connect();
    const { client, GetObjectCommand } = await connection;
    const Range = range && `bytes=${range[0]}-${range[1]}`;
    const command = new GetObjectCommand({
      Bucket: bucket,
      Key: key,
      Range,
      IfMatch: ifMatch,
      IfNoneMatch: ifNoneMatch,
    });
    try {
      const { Body, ContentRange, ETag } = await client.send(command, { abortSignal: signal });
      return { body: Body as Readable, totalBytes: Number(ContentRange?.split('/')[1]), etag: ETag };
    } catch (error) {
      if (statusOf(error) === 304) return undefined;
      throw new ReadError(bucket, key, error);
    }
  };
}

/** What S3 means by a status: "not found" it says only to those who may list the bucket. */
const HINTS = new Map<number | undefined, string>([
  [403, 'not allowed, or not there'],
  [416, 'it is empty'],
]);

/** Why an object could not be read, in words for the log. */
class ReadError extends Error {
  /** Whether the answer would be the same another time. */
  readonly final: boolean;

  constructor(bucket: string, key: string, cause: unknown) {
    const status = statusOf(cause);
    const hint = HINTS.get(status);
    super(`s3://${bucket}/${key} cannot be read: ${nameOf(cause)}${hint ? ` (${hint})` : ''}`, { cause });
    this.final = status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429;
  }
}

/** Asked of the error, not of its class, which is another one in a file that is loaded apart. */
export function isFinal(error: unknown): boolean {
  return (error as Partial<ReadError> | undefined)?.final === true;
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
