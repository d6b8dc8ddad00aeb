import * as path from 'node:path';
import { type Document, isMap, isNode, type LineCounter } from 'yaml';

/** Reads the fields of one map of the document and knows where they stand. */
export class YamlFields {
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

  /** Nothing but these: a key that is misspelt would be a wish without effect. */
  only(known: readonly string[]): void {
    const value = this.value();
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new Error(`${path.normalize(this.file)}:${this.lineOf(this.at)}: must be a map of ${known.join(', ')}.`);
    }
    for (const key of Object.keys(value)) {
      if (!known.includes(key)) this.fail(key, `is not known; known are ${known.join(', ')}`);
    }
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

  map(field: string): YamlFields {
    if (!isMap(this.document.getIn([...this.at, field], true))) this.fail(field, 'must be a map');
    return new YamlFields(this.document, this.lines, this.file, [...this.at, field]);
  }

  list(field: string): YamlFields[] {
    const value = this.get(field);
    if (!Array.isArray(value) || value.length === 0) this.fail(field, 'must be a list with at least one entry');
    return (value as unknown[]).map(
      (_, index) => new YamlFields(this.document, this.lines, this.file, [...this.at, field, index]),
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
