import type { StoreSettings } from '../contract';
import { inTurns } from '../in-turns';
import { asSegment } from './check-id';
import { type DataStore, recordOfJson, type StoredRecord } from './record';

type Settings = Extract<StoreSettings, { kind: 'bucket' }>;

/** Bytes of a key. An id of letters that are percent-encoded has more of them in a key than by itself. */
const LONGEST_KEY = 1024;
/** Objects that are read at once. */
const AT_ONCE = 16;

/** Records are JSON objects in a bucket, one object each. */
export function bucketStore(settings: Settings, clientOptions: Readonly<Record<string, unknown>>): DataStore {
  const { bucket, prefix } = settings;
  let connection: ReturnType<typeof connect> | undefined;
  const connected = () => {
    connection ??= connect(clientOptions);
    return connection;
  };
  const readOne = async (id: string, abortSignal: AbortSignal): Promise<[string, StoredRecord][]> => {
    const Key = keyOf(id, settings);
    // S3 refuses it, as it would refuse an object of that key.
    if (Buffer.byteLength(Key) > LONGEST_KEY) return [];
    const { client, GetObjectCommand } = await connected();
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }), { abortSignal });
      return [[id, recordOfJson((await Body?.transformToString()) ?? '')]];
    } catch (error) {
      // Whoever may list the bucket is told what is not there; others are told 403.
      if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 404) return [];
      throw error;
    }
  };
  const read = async (ids: readonly string[], signal: AbortSignal) =>
    new Map((await inTurns(ids, AT_ONCE, (id) => readOne(id, signal))).flat());
  return {
    read,
    async *pages(signal) {
      const { client, ListObjectsV2Command } = await connected();
      let ContinuationToken: string | undefined;
      do {
        const command = new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 200, ContinuationToken });
        const { Contents = [], NextContinuationToken } = await client.send(command, { abortSignal: signal });
        const ids = Contents.flatMap(({ Key = '' }) => idOfKey(Key, settings) ?? []);
        yield await read(ids, signal);
        ContinuationToken = NextContinuationToken;
      } while (ContinuationToken);
    },
  };
}

export function keyOf(id: string, { prefix, suffix }: Settings): string {
  return `${prefix}${asSegment(id)}${suffix}`;
}

/** The id whose record an object is; undefined for another object. */
export function idOfKey(key: string, settings: Settings): string | undefined {
  const { prefix, suffix } = settings;
  if (!key.startsWith(prefix) || !key.endsWith(suffix) || key.length <= prefix.length + suffix.length) return undefined;
  const segment = key.slice(prefix.length, key.length - suffix.length);
  try {
    const id = decodeURIComponent(segment);
    return keyOf(id, settings) === key ? id : undefined;
  } catch {
    return undefined;
  }
}

async function connect(clientOptions: Readonly<Record<string, unknown>>) {
  const { GetObjectCommand, ListObjectsV2Command, S3Client } = await import('./bucket-client');
  const requestHandler = { connectionTimeout: 1000, requestTimeout: 5000 };
  const settings = { maxAttempts: 2, responseChecksumValidation: 'WHEN_REQUIRED' } as const;
  const client = new S3Client({ ...settings, requestHandler, ...clientOptions });
  return { client, GetObjectCommand, ListObjectsV2Command };
}
