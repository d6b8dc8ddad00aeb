import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { MODEL_FILE, type ModelManifest } from '../contract';
import type { ReadObject } from './s3';

/** Where a model may lie, from the environment. */
export interface ModelLocation {
  readonly modelDir: string;
  readonly bucket?: string;
  readonly key?: string;
  readonly pointerKey?: string;
}

/** A model file whose hash is what it should be. */
export interface ModelFile {
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
): Promise<ModelFile> {
  if (manifest.source === 'asset') {
    const path = join(location.modelDir, MODEL_FILE);
    const sha256 = verifyHash(hashFile(path), manifest.sha256, MODEL_FILE);
    return { path, version: manifest.version, sha256, release: async () => {} };
  }
  const { downloadModel } = await import('./model-download');
  return downloadModel(manifest, location, readObject);
}

export function verifyHash(actual: string, expected: string | undefined, file: string): string {
  if (actual === expected) return actual;
  throw new Error(`${file} has sha256 ${actual}, expected ${expected ?? 'one, but the manifest has none'}`);
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
