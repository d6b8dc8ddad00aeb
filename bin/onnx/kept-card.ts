import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument, type Scalar } from 'yaml';
import { type CardFields, readCard } from '../../lib/model/card-fields';
import { LocalRunError } from '../local/errors';
import type { ModelFile } from './model-file';
import type { Recording } from './task';

/** A card that people have filled in. */
export interface KeptCard {
  readonly card: CardFields;
  /** As it is to be written: with hash and version of the model that it is of now. */
  readonly text: string;
}

/**
 * The card of a folder, if it fits this model too; undefined where there is none, or where inputs and outputs are others.
 *
 * @param version of the model, if somebody says so
 * @throws LocalRunError for another model of no version of its own
 */
export async function keptCard(
  folder: string,
  { model, sha256 }: ModelFile,
  recording: Recording,
  version?: string,
): Promise<KeptCard | undefined> {
  const file = join(folder, 'model.yaml');
  if (!existsSync(file)) return undefined;
  const text = await readFile(file, 'utf8');
  const former = readCard(text, file);
  const isAnother = former.sha256 !== sha256;
  if (isAnother && !fits(former, recording)) return undefined;
  const next = version ?? (isAnother ? versionOf(model) : former.version);
  if (next === undefined || (isAnother && version === undefined && next === former.version)) {
    throw new LocalRunError(`${file} is of version ${former.version}, and this is another model.`, {
      hint: 'Say which version it is: --version VERSION. The rest of the card stays as it is.',
    });
  }
  const changed = withValues(text, { sha256, version: next });
  return { card: { ...former, sha256, version: next }, text: changed };
}

/** What the file itself says. */
export function versionOf({ modelVersion }: ModelFile['model']): string | undefined {
  return modelVersion > 0 ? `${modelVersion}` : undefined;
}

/** Other values of fields, set in so that nothing else of the text changes. */
function withValues(text: string, values: Readonly<Record<string, string>>): string {
  const document = parseDocument(text);
  const places = Object.entries(values).map(([field, value]) => {
    const [start = 0, end = 0] = (document.get(field, true) as Scalar).range ?? [];
    const unchanged = document.get(field) === value;
    return { start, end, value: unchanged ? text.slice(start, end) : JSON.stringify(value) };
  });
  return places
    .sort((a, b) => b.start - a.start)
    .reduce((written, { start, end, value }) => written.slice(0, start) + value + written.slice(end), text);
}

/** A card may leave outputs out, and says more of a tensor than the graph does. */
function fits(card: CardFields, { inputs, outputs }: Recording): boolean {
  const same = (one: Tensor, other?: Tensor) =>
    JSON.stringify(signature(one)) === JSON.stringify(other && signature(other));
  const named = (name: string) => outputs.find((output) => output.name === name);
  return (
    card.inputs.length === inputs.length &&
    card.inputs.every((input, at) => same(input, inputs[at])) &&
    card.outputs.every((output) => same(output, named(output.name)))
  );
}

type Tensor = Pick<CardFields['inputs'][number], 'name' | 'datatype' | 'shape'>;
const signature = ({ name, datatype, shape }: Tensor) => [name, datatype, shape];
