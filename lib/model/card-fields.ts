import { LineCounter, parseDocument } from 'yaml';
import { DATATYPES, type ImageSpec, type InputSpec, type OutputSpec } from '../../lambdas/shared/contract';
import { YamlFields } from './yaml-fields';

/** A tensor of the card: what the handler knows of it, and what only people read. */
export type CardTensor = InputSpec & OutputSpec & { readonly description?: string; readonly unit?: string };
export type CardImage = ImageSpec;

/** The card as data, after its check. */
export interface CardFields {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly owner: string;
  readonly task: string;
  readonly sha256: string;
  readonly runbook: string;
  readonly inputs: readonly CardTensor[];
  readonly outputs: readonly CardTensor[];
  readonly image?: CardImage;
  /** Version of the pair that the model and its preprocessing must both be of. */
  readonly pair?: string;
  readonly objective: { readonly p99Ms: number; readonly monthlyCostUsd: number };
  readonly lineage: Readonly<Record<string, unknown>>;
}

const CARD_FIELDS = [
  ...['schemaVersion', 'name', 'version', 'description', 'owner', 'task', 'license', 'sha256', 'runbook'],
  ...['inputs', 'outputs', 'image', 'lineage', 'objective', 'pair'],
];
const TENSOR_FIELDS = [
  ...['name', 'datatype', 'shape', 'description', 'unit', 'labels', 'features', 'minimum', 'maximum', 'allowNaN'],
];
const IMAGE_FIELDS = ['input', 'width', 'height', 'channels', 'scale', 'layout'];

export const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/i;
export const VERSION = /^[a-z0-9][a-z0-9.+_-]{0,63}$/i;
export const VERSION_TEXT = 'letters, digits, ".", "+", "_" and "-" in quotes, at most 64';
const SHA256 = /^[0-9a-f]{64}$/;

/** Parse a card; the first thing that is wrong is thrown with its line. */
export function readCard(text: string, file: string): CardFields {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const syntax = document.errors[0];
  if (syntax) throw new Error(`${file}: ${syntax.message}`);
  const card = new YamlFields(document, lines, file, []);
  card.only(CARD_FIELDS);
  card.literal('schemaVersion', 1);
  const fields: CardFields = {
    name: card.pattern('name', NAME, 'letters, digits, ".", "_" and "-", at most 64'),
    version: card.pattern('version', VERSION, VERSION_TEXT),
    description: card.text('description'),
    owner: card.text('owner'),
    task: card.text('task'),
    sha256: card.pattern('sha256', SHA256, '64 lower-case hex digits: sha256sum model.onnx'),
    runbook: card.text('runbook'),
    inputs: card.list('inputs').map(readTensor),
    outputs: card.list('outputs').map(readTensor),
    image: card.has('image') ? readImage(card.map('image')) : undefined,
    objective: readObjective(card.map('objective')),
    pair: card.optional('pair', () => card.pattern('pair', VERSION, VERSION_TEXT)),
    lineage: card.map('lineage').value() as Record<string, unknown>,
  };
  const target = fields.image && fields.inputs.find(({ name }) => name === fields.image?.input);
  if (fields.image && !target) {
    card.map('image').fail('input', `names no input; inputs are ${fields.inputs.map(({ name }) => name).join(', ')}`);
  }
  return fields;
}

export function readTensor(tensor: YamlFields): CardTensor {
  tensor.only(TENSOR_FIELDS);
  const read: CardTensor = {
    name: tensor.text('name'),
    datatype: tensor.oneOf('datatype', DATATYPES),
    shape: tensor.integers('shape', -1),
    description: tensor.optional('description', () => tensor.text('description')),
    unit: tensor.optional('unit', () => tensor.text('unit')),
    labels: tensor.optional('labels', () => tensor.texts('labels')),
    features: tensor.optional('features', () => tensor.texts('features')),
    minimum: tensor.optional('minimum', () => tensor.number('minimum')),
    maximum: tensor.optional('maximum', () => tensor.number('maximum')),
    allowNaN: tensor.optional('allowNaN', () => tensor.oneOf('allowNaN', [true, false] as const)),
  };
  const classes = read.shape.at(-1) ?? -1;
  const scores = read.datatype.startsWith('FP') && read.shape.length > 1 && classes > 0;
  if (scores && read.labels && read.labels.length !== classes) {
    tensor.fail('labels', `must be ${classes} texts, one for each value of the last dimension`);
  }
  return read;
}

function readObjective(objective: YamlFields): CardFields['objective'] {
  objective.only(['p99Ms', 'monthlyCostUsd']);
  return { p99Ms: objective.positive('p99Ms'), monthlyCostUsd: objective.positive('monthlyCostUsd') };
}

export function readImage(image: YamlFields): CardImage {
  image.only(IMAGE_FIELDS);
  return {
    input: image.text('input'),
    width: image.positive('width'),
    height: image.positive('height'),
    channels: image.oneOf('channels', [1, 3] as const),
    scale: image.positive('scale'),
    layout: image.oneOf('layout', ['NCHW', 'NHWC'] as const),
  };
}
