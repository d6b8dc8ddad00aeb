import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { assemblyFiles } from './assembly';
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
  const names = await assemblyFiles(assemblyDir, '.json');
  const texts = await Promise.all(names.map((name) => readFile(join(assemblyDir, name), 'utf8')));
  const adapted = texts.map((text, at) =>
    names[at]?.endsWith('.template.json') ? adapt(text, ADAPTATIONS[kind]) : text,
  );
  const hashes = hashesOfTemplates(names, texts);
  // A template is uploaded under its hash: one of another text must not be found under the former.
  const renamed = adapted.flatMap((text, at) => {
    const hash = text === texts[at] ? undefined : hashes.get(basename(names[at] as string));
    return hash ? [[hash, createHash('sha256').update(text).digest('hex')] as const] : [];
  });
  for (const [at, text] of adapted.entries()) {
    const written = renamed.reduce((made, [former, hash]) => made.replaceAll(former, hash), text);
    if (written !== texts[at]) await writeFile(join(assemblyDir, names[at] as string), written);
  }
}

function adapt(text: string, adaptations: readonly Adaptation[]): string {
  return adaptations.reduce((made, { refused, replacement }) => made.replace(refused, replacement), text);
}

/** Of the templates that are uploaded, by file name. */
function hashesOfTemplates(names: readonly string[], texts: readonly string[]): Map<string, string> {
  const manifests = texts.filter((_, at) => names[at]?.endsWith('.assets.json'));
  const files = manifests.flatMap((text) => Object.entries((JSON.parse(text) as AssetManifest).files ?? {}));
  return new Map(files.flatMap(([hash, { source }]) => (source.path ? [[source.path, hash]] : [])));
}

interface AssetManifest {
  readonly files?: Readonly<Record<string, { readonly source: { readonly path?: string } }>>;
}
