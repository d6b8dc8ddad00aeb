import * as path from 'node:path';
import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml';
import { DATATYPES, type ImageSpec, type InputSpec, type OutputSpec } from '../../lambdas/shared/contract';

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
  readonly objective: { readonly p99Ms: number; readonly monthlyCostUsd: number };
  readonly lineage: Readonly<Record<string, unknown>>;
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/i;
const VERSION = /^[a-z0-9][a-z0-9.+_-]{0,63}$/i;
const SHA256 = /^[0-9a-f]{64}$/;

/** Parse a card; the first thing that is wrong is thrown with its line. */
export function readCard(text: string, file: string): CardFields {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const syntax = document.errors[0];
  if (syntax) throw new Error(`${file}: ${syntax.message}`);
  const card = new Fields(document, lines, file, []);
  card.literal('schemaVersion', 1);
  const fields: CardFields = {
    name: card.pattern('name', NAME, 'letters, digits, ".", "_" and "-", at most 64'),
    version: card.pattern('version', VERSION, 'letters, digits, ".", "+", "_" and "-" in quotes, at most 64'),
    description: card.text('description'),
    owner: card.text('owner'),
    task: card.text('task'),
    sha256: card.pattern('sha256', SHA256, '64 lower-case hex digits: sha256sum model.onnx'),
    runbook: card.text('runbook'),
    inputs: card.list('inputs').map(readTensor),
    outputs: card.list('outputs').map(readTensor),
    image: card.has('image') ? readImage(card.map('image')) : undefined,
    objective: {
      p99Ms: card.map('objective').positive('p99Ms'),
      monthlyCostUsd: card.map('objective').positive('monthlyCostUsd'),
    },
    lineage: card.map('lineage').value() as Record<string, unknown>,
  };
  const target = fields.image && fields.inputs.find(({ name }) => name === fields.image?.input);
  if (fields.image && !target) {
    card.map('image').fail('input', `names no input; inputs are ${fields.inputs.map(({ name }) => name).join(', ')}`);
  }
  return fields;
}

function readTensor(tensor: Fields): CardTensor {
  return {
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
}

function readImage(image: Fields): CardImage {
  return {
    input: image.text('input'),
    width: image.positive('width'),
    height: image.positive('height'),
    channels: image.oneOf('channels', [1, 3] as const),
    scale: image.positive('scale'),
    layout: image.oneOf('layout', ['NCHW', 'NHWC'] as const),
  };
}

/** Reads the fields of one map of the document and knows where they stand. */
class Fields {
  constructor(
    private readonly document: Document,
    private readonly lines: LineCounter,
    private readonly file: string,
    private readonly at: readonly (string | number)[],
  ) {}

  value(): unknown {
    return this.at.length ? this.toJs(this.document.getIn(this.at, true)) : this.document.toJS();
  }

  get(field: string): unknown {
    return this.toJs(this.document.getIn([...this.at, field], true));
  }

  has(field: string): boolean {
    return this.get(field) !== undefined && this.get(field) !== null;
  }

  optional<T>(field: string, read: () => T): T | undefined {
    return this.has(field) ? read() : undefined;
  }

  text(field: string): string {
    const value = this.get(field);
    if (typeof value !== 'string' || value.trim() === '') this.fail(field, 'must be a text that is not empty');
    return value as string;
  }

  texts(field: string): string[] {
    const value = this.get(field);
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
      this.fail(field, 'must be a list of texts');
    return value as string[];
  }

  pattern(field: string, pattern: RegExp, allowed: string): string {
    const value = this.get(field);
    if (typeof value !== 'string' || !pattern.test(value)) this.fail(field, `must be ${allowed}`);
    return value as string;
  }

  number(field: string): number {
    const value = this.get(field);
    if (typeof value !== 'number' || !Number.isFinite(value)) this.fail(field, 'must be a number');
    return value as number;
  }

  positive(field: string): number {
    const value = this.number(field);
    if (value <= 0) this.fail(field, 'must be greater than 0');
    return value;
  }

  integers(field: string, minimum: number): number[] {
    const value = this.get(field);
    const good = Array.isArray(value) && value.every((item) => Number.isInteger(item) && item >= minimum && item !== 0);
    if (!good) this.fail(field, 'must be a list of whole numbers greater than 0, or -1 where a dimension may vary');
    return value as number[];
  }

  oneOf<T extends string | number | boolean>(field: string, allowed: readonly T[]): T {
    const value = this.get(field) as T;
    if (!allowed.includes(value)) this.fail(field, `must be one of ${allowed.join(', ')}`);
    return value;
  }

  literal(field: string, expected: number): void {
    if (this.get(field) !== expected) this.fail(field, `must be ${expected}`);
  }

  map(field: string): Fields {
    if (!isMap(this.document.getIn([...this.at, field], true))) this.fail(field, 'must be a map');
    return new Fields(this.document, this.lines, this.file, [...this.at, field]);
  }

  list(field: string): Fields[] {
    const value = this.get(field);
    if (!Array.isArray(value) || value.length === 0) this.fail(field, 'must be a list with at least one entry');
    return (value as unknown[]).map(
      (_, index) => new Fields(this.document, this.lines, this.file, [...this.at, field, index]),
    );
  }

  fail(field: string, problem: string): never {
    const at = [...this.at, field];
    const value = this.get(field);
    const got = value === undefined ? 'it is missing' : `got ${JSON.stringify(value)}`;
    throw new Error(`${path.normalize(this.file)}:${this.lineOf(at)}: ${at.join('.')} ${problem}; ${got}.`);
  }

  /** The line of the field, or of the nearest thing around it that is there. */
  private lineOf(at: readonly (string | number)[]): number {
    for (let depth = at.length; depth >= 0; depth--) {
      const node = depth ? this.document.getIn(at.slice(0, depth), true) : this.document.contents;
      if (isNode(node) && node.range) return this.lines.linePos(node.range[0]).line;
    }
    return 1;
  }

  private toJs(node: unknown): unknown {
    return isNode(node) ? node.toJS(this.document) : node;
  }
}
