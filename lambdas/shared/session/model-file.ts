import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { MODEL_FILE, type ModelManifest } from '../contract';

/** Where a model may lie, from the environment. */
export interface ModelLocation {
  readonly modelDir: string;
  readonly bucket?: string;
  readonly key?: string;
  readonly pointerKey?: string;
}

/** A model whose hash is what it should be. */
export interface ModelFile {
  /** Path of the file, or its content. */
  readonly model: string | Uint8Array;
  readonly sha256: string;
  /** It was optimised beforehand, and is taken as it is. */
  readonly optimized?: boolean;
  /** Removes what was written for the session's creation, if anything was. */
  readonly release: () => Promise<void>;
}

/** The file beside the manifest. No other one ever stands in for it. */
export function openAsset(manifest: ModelManifest, { modelDir }: ModelLocation): ModelFile {
  const { parts = { [MODEL_FILE]: manifest.sha256 }, sha256 = '' } = manifest;
  return { model: verifyFiles(modelDir, parts), sha256, release: async () => {} };
}

/** The path of the model in a folder of which each of these files has its hash. */
export function verifyFiles(folder: string, hashes: Readonly<Record<string, string | undefined>>): string {
  for (const [file, expected] of Object.entries(hashes)) verifyHash(hashFile(join(folder, file)), expected, file);
  return join(folder, MODEL_FILE);
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
