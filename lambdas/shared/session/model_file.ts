import { createHash } from 'node:crypto';
import { closeSync, createWriteStream, openSync, readSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MODEL_FILE, type ModelManifest, type ModelPointer } from '../contract';

/** Where a model may lie, from the environment. */
export interface ModelLocation {
  readonly modelDir: string;
  readonly bucket?: string;
  readonly key?: string;
  readonly pointerKey?: string;
}

/** Reads an object of a bucket. */
export type ReadObject = (bucket: string, key: string) => Promise<Readable>;

/** A model file whose hash is what it should be. */
export interface VerifiedModel {
  readonly path: string;
  readonly version: string;
  readonly sha256: string;
  /** Removes what was written for the session's creation, if anything was. */
  readonly release: () => Promise<void>;
}

/** Brings the model's file here and verifies its hash. No other file ever stands in for it. */
export async function openModelFile(
  manifest: ModelManifest,
  location: ModelLocation,
  readObject: ReadObject,
): Promise<VerifiedModel> {
  if (manifest.source === 'asset') {
    const path = join(location.modelDir, MODEL_FILE);
    const sha256 = verify(hashFile(path), manifest.sha256, MODEL_FILE);
    return { path, version: manifest.version, sha256, release: async () => {} };
  }
  const bucket = required(location.bucket, 'bucket', manifest);
  const model = await findObject(manifest, bucket, location, readObject);
  const folder = await mkdtemp(join(tmpdir(), 'model-'));
  const release = () => rm(folder, { recursive: true, force: true });
  try {
    const path = join(folder, MODEL_FILE);
    const sha256 = verify(await download(await readObject(bucket, model.key), path), model.sha256, model.key);
    return { path, version: model.version, sha256, release };
  } catch (error) {
    await release();
    throw error;
  }
}

const CHUNK_BYTES = 1024 * 1024;

/** Reads in chunks, so that memory does not grow with the model; synchronously, because nothing else runs yet. */
function hashFile(path: string): string {
  const hash = createHash('sha256');
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) hash.update(chunk.subarray(0, read));
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}

async function findObject(
  manifest: ModelManifest,
  bucket: string,
  location: ModelLocation,
  readObject: ReadObject,
): Promise<{ key: string; sha256?: string; version: string }> {
  if (manifest.source === 'object') {
    return { key: required(location.key, 'key', manifest), sha256: manifest.sha256, version: manifest.version };
  }
  const pointerKey = required(location.pointerKey, 'pointer key', manifest);
  let text = '';
  for await (const chunk of (await readObject(bucket, pointerKey)).setEncoding('utf8')) text += chunk;
  const pointer = JSON.parse(text) as Partial<ModelPointer> | null;
  if (pointer?.key && pointer.sha256 && pointer.version) return pointer as ModelPointer;
  throw new Error(`pointer ${pointerKey} must have key, sha256 and version`);
}

function required(value: string | undefined, what: string, { source }: ModelManifest): string {
  if (value) return value;
  throw new Error(`the manifest's source is "${source}", but the environment names no ${what}`);
}

async function download(source: Readable, path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(
    source,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(path),
  );
  return hash.digest('hex');
}

function verify(actual: string, expected: string | undefined, file: string): string {
  if (actual === expected) return actual;
  throw new Error(`${file} has sha256 ${actual}, expected ${expected ?? 'one, but the manifest has none'}`);
}
