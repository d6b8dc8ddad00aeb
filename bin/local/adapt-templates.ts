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
  const adaptations = ADAPTATIONS[kind];
  if (adaptations.length === 0) return;
  for (const name of await readdir(assemblyDir, { recursive: true })) {
    if (!name.endsWith('.template.json')) continue;
    const file = join(assemblyDir, name);
    const template = await readFile(file, 'utf8');
    const adapted = adaptations.reduce((text, each) => text.replace(each.refused, each.replacement), template);
    if (adapted !== template) await writeFile(file, adapted);
  }
}
