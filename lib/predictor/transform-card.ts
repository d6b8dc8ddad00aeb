import { LineCounter, parseDocument } from 'yaml';
import {
  type CardImage,
  type CardTensor,
  NAME,
  readImage,
  readTensor,
  VERSION,
  VERSION_TEXT,
} from '../model/card-fields';
import { YamlFields } from '../model/yaml-fields';

export const TRANSFORM_CARD = 'transform.yaml';

/** What a transform is, after its check. */
export interface TransformFields {
  readonly name: string;
  readonly description: string;
  readonly pair?: string;
  readonly inputs: readonly CardTensor[];
  /** Absent: the inputs of the model behind it. */
  readonly outputs?: readonly CardTensor[];
  readonly image?: CardImage;
}

const FIELDS = ['schemaVersion', 'name', 'description', 'pair', 'inputs', 'outputs', 'image'];

export function readTransformCard(text: string, file: string): TransformFields {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const syntax = document.errors[0];
  if (syntax) throw new Error(`${file}: ${syntax.message}`);
  const card = new YamlFields(document, lines, file, []);
  card.only(FIELDS);
  card.literal('schemaVersion', 1);
  return {
    name: card.pattern('name', NAME, 'letters, digits, ".", "_" and "-", at most 64'),
    description: card.text('description'),
    pair: card.optional('pair', () => card.pattern('pair', VERSION, VERSION_TEXT)),
    inputs: card.list('inputs').map(readTensor),
    outputs: card.optional('outputs', () => card.list('outputs').map(readTensor)),
    image: card.has('image') ? readImage(card.map('image')) : undefined,
  };
}
