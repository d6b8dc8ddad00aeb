import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';

/** Size of a folder as a zip file: each file deflated, plus the two headers a zip holds for it. */
export function zipBytes(folder, prefix = '') {
  let bytes = prefix === '' ? 22 : 0;
  for (const name of readdirSync(folder).sort()) {
    const file = path.join(folder, name);
    const entry = prefix + name;
    if (statSync(file).isDirectory()) bytes += zipBytes(file, `${entry}/`);
    else bytes += deflateRawSync(readFileSync(file), { level: 9 }).length + 76 + 2 * Buffer.byteLength(entry);
  }
  return bytes;
}
