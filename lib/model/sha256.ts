import { createHash } from 'node:crypto';

/** Hex SHA-256, as cards, manifests and artefacts name contents. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
