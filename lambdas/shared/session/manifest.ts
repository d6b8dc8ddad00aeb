import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTRACT_VERSION, MANIFEST_FILE, type ModelManifest } from '../contract';

/** Reads what was written at synth; only what another release could have written differently is checked. */
export function readManifest(modelDir: string): ModelManifest {
  const manifest = JSON.parse(readFileSync(join(modelDir, MANIFEST_FILE), 'utf8')) as ModelManifest;
  if (manifest.v === CONTRACT_VERSION) return manifest;
  throw new Error(`${MANIFEST_FILE} has version ${manifest.v}, this function reads ${CONTRACT_VERSION}`);
}
