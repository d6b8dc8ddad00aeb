import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Emulator } from './emulator-kind';

/** What AWS reads in a template and an emulator refuses, in words that both read alike. */
interface Adaptation {
  readonly refused: RegExp;
  readonly replacement: string;
}

const ADAPTATIONS: Readonly<Record<Emulator['kind'], readonly Adaptation[]>> = {
  embedded: [],
  // A percentage that is a whole number, in the text of a state machine.
  localstack: [{ refused: /(\\"ToleratedFailurePercentage\\":\d+)(?=[,}])/g, replacement: '$1.0' }],
  unknown: [],
};

/** Rewrites the templates of an assembly for who they go to. */
export async function adaptTemplates(assemblyDir: string, { kind }: Pick<Emulator, 'kind'>): Promise<void> {
  if (ADAPTATIONS[kind].length === 0) return;
  const texts = await jsonFiles(assemblyDir);
  const hashes = hashesOfTemplates(texts);
  for (const [name, text] of texts) {
    if (!name.endsWith('.template.json')) continue;
    const adapted = ADAPTATIONS[kind].reduce((made, each) => made.replace(each.refused, each.replacement), text);
    if (adapted === text) continue;
    await writeFile(join(assemblyDir, name), adapted);
    const hash = hashes.get(name.replaceAll('\\', '/').split('/').at(-1) as string);
    if (hash) await rename(hash, createHash('sha256').update(adapted).digest('hex'), assemblyDir);
  }
}

/** A template is uploaded under its hash: one of another text must not be found under the former. */
async function rename(hash: string, changed: string, assemblyDir: string): Promise<void> {
  for (const [name, text] of await jsonFiles(assemblyDir)) {
    if (text.includes(hash)) await writeFile(join(assemblyDir, name), text.replaceAll(hash, changed));
  }
}

/** Of the templates that are uploaded, by file name. */
function hashesOfTemplates(texts: ReadonlyMap<string, string>): Map<string, string> {
  const hashes = new Map<string, string>();
  for (const [name, text] of texts) {
    if (!name.endsWith('.assets.json')) continue;
    const { files = {} } = JSON.parse(text) as { files?: Record<string, { source: { path?: string } }> };
    for (const [hash, { source }] of Object.entries(files)) if (source.path) hashes.set(source.path, hash);
  }
  return hashes;
}

/** Manifests and templates; what is in the folders of assets is somebody else's. */
async function jsonFiles(assemblyDir: string): Promise<Map<string, string>> {
  const names = await readdir(assemblyDir, { recursive: true });
  const ours = names.filter((name) => name.endsWith('.json') && !/(^|[\\/])asset\./.test(name));
  return new Map(
    await Promise.all(ours.map(async (name) => [name, await readFile(join(assemblyDir, name), 'utf8')] as const)),
  );
}
