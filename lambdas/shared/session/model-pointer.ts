import { createHash } from 'node:crypto';
import type { Golden, ModelManifest, ModelPointer } from '../contract';
import { verifyHash } from './model-file';
import type { ReadObject } from './s3';

/** A pointer as it was at some moment. */
export interface ReadPointer extends ModelPointer {
  readonly etag?: string;
}

const POINTER_BYTES = 64 * 1024;
const GOLDEN_BYTES = 64 * 1024 * 1024;
/** A look at a pointer is part of a request: longer than this it is not worth waiting for. */
const POINTER_LIMIT_MS = 3000;

const KEY = /^[^/].{0,1023}$/s;
const SHA256 = /^[0-9a-f]{64}$/;
/** As in a card; it becomes a header of every answer. */
const VERSION = /^[a-z0-9][a-z0-9.+_-]{0,63}$/i;

/**
 * @param known the pointer as it was last seen
 * @returns undefined while it is still that one
 */
export async function readPointer(
  bucket: string,
  key: string,
  read: ReadObject,
  known?: string,
): Promise<ReadPointer | undefined> {
  const signal = AbortSignal.timeout(POINTER_LIMIT_MS);
  const object = await read({ bucket, key, ifNoneMatch: known, signal });
  if (!object) return undefined;
  const fields = parse(await textOf(object.body, POINTER_BYTES, key), key);
  const check = (name: string, value: unknown, pattern: RegExp) => {
    if (typeof value === 'string' && pattern.test(value)) return value;
    throw new Error(
      `pointer ${key}: ${name} must match ${pattern.source}, got ${JSON.stringify(value)?.slice(0, 100)}`,
    );
  };
  const golden = fields.golden as ModelPointer['golden'];
  return {
    key: check('key', fields.key, KEY),
    sha256: check('sha256', fields.sha256, SHA256),
    version: check('version', fields.version, VERSION),
    pair: fields.pair == null ? (fields.pair as null | undefined) : check('pair', fields.pair, VERSION),
    golden: golden && {
      key: check('golden.key', golden.key, KEY),
      sha256: check('golden.sha256', golden.sha256, SHA256),
    },
    etag: object.etag,
  };
}

/** Revision of the model that a pointer names, in the function with this manifest. Of another pair it is another one. */
export function pointedRevision(manifest: Pick<ModelManifest, 'revision' | 'pair'>, pointer: ModelPointer): string {
  const pair = pointer.pair === undefined ? manifest.pair : (pointer.pair ?? undefined);
  const ofAnother = pair === manifest.pair ? '' : `-${pair ?? 'none'}`;
  return `${manifest.revision}-${pointer.sha256.slice(0, 12)}${ofAnother}`;
}

/** The golden cases that a pointer names. */
export async function readPointerGolden(
  bucket: string,
  { key, sha256 }: NonNullable<ModelPointer['golden']>,
  read: ReadObject,
): Promise<Golden> {
  const object = await read({ bucket, key });
  if (!object) throw new Error(`${key} has no content`);
  const text = await textOf(object.body, GOLDEN_BYTES, key);
  verifyHash(createHash('sha256').update(text).digest('hex'), sha256, key);
  return JSON.parse(text) as Golden;
}

function parse(text: string, key: string): Partial<Record<keyof ModelPointer, unknown>> {
  try {
    return Object(JSON.parse(text));
  } catch (cause) {
    throw new Error(`pointer ${key} is not JSON`, { cause });
  }
}

async function textOf(body: AsyncIterable<Buffer>, limit: number, key: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > limit) throw new Error(`${key} has more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
