import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MODEL_FILE, type ModelManifest, type ModelPointer } from '../contract';
import { type ModelFile, type ModelLocation, verifyHash } from './model-file';
import type { ReadObject } from './s3';

interface ModelObject {
  readonly key: string;
  readonly sha256?: string;
  readonly version: string;
}

/** Downloads the model to a folder of its own; the session's creation reads it there, then it is removed. */
export async function downloadModel(
  manifest: ModelManifest,
  location: ModelLocation,
  readObject: ReadObject,
): Promise<ModelFile> {
  const bucket = required(location.bucket, 'bucket', manifest);
  const model = await findModelObject(manifest, location, (key) => readObject(bucket, key));
  const folder = await mkdtemp(join(tmpdir(), 'model-'));
  const release = () => rm(folder, { recursive: true, force: true });
  try {
    const path = join(folder, MODEL_FILE);
    const actual = await download(await readObject(bucket, model.key), path);
    return { path, version: model.version, sha256: verifyHash(actual, model.sha256, model.key), release };
  } catch (error) {
    await release();
    throw error;
  }
}

async function findModelObject(
  manifest: ModelManifest,
  { key, pointerKey }: ModelLocation,
  read: (key: string) => Promise<Readable>,
): Promise<ModelObject> {
  if (manifest.source === 'object') {
    return { key: required(key, 'key', manifest), sha256: manifest.sha256, version: manifest.version };
  }
  const pointerObject = required(pointerKey, 'pointer key', manifest);
  let text = '';
  for await (const chunk of (await read(pointerObject)).setEncoding('utf8')) text += chunk;
  const pointer = JSON.parse(text) as Partial<ModelPointer> | null;
  if (pointer?.key && pointer.sha256 && pointer.version) return pointer as ModelPointer;
  throw new Error(`pointer ${pointerObject} must have key, sha256 and version`);
}

function required(value: string | undefined, what: string, { source }: ModelManifest): string {
  if (value) return value;
  throw new Error(`the manifest's source is "${source}", but the environment names no ${what}`);
}

/** Writes a stream to a file and gives the hash of what went through. */
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
