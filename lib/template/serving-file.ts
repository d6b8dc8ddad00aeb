import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type YAMLError } from 'yaml';
import { ConfigurationError, type KeyPath } from './configuration-error';

/** Properties of a service as they are written. */
export type Properties = Readonly<Record<string, unknown>>;

/** `serving.yaml`, once it is checked. */
export interface ServingTemplate {
  readonly templateVersion: number;
  readonly project?: string;
  readonly defaults?: Properties;
  readonly environments: Readonly<Record<string, EnvironmentEntry | null>>;
  readonly services: Readonly<Record<string, ServiceEntry>>;
}

export interface EnvironmentEntry {
  readonly local?: boolean;
  readonly account?: string;
  readonly region?: string;
  readonly defaults?: Properties;
  readonly services?: Readonly<Record<string, Properties>>;
}

export type ServiceEntry = Properties & { readonly pattern: string };

/** A configuration file: what is written in it, and in which line. */
export class ServingFile {
  /** @throws ConfigurationError when the file is missing or no YAML */
  static read(file: string): ServingFile {
    if (!fs.existsSync(file)) throw new ConfigurationError([`${file}: there is no such file`]);
    const text = fs.readFileSync(file, 'utf8');
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
    const name = path.relative(process.cwd(), path.resolve(file));
    const wrong = [...document.errors, ...document.warnings];
    if (wrong.length) {
      throw new ConfigurationError(
        wrong.map((error) => `${name}:${lines.linePos(error.pos[0]).line}: ${explain(error, text)}`),
      );
    }
    return new ServingFile(name, path.dirname(path.resolve(file)), document, lines);
  }

  /** What is written. It is a `ServingTemplate` once it is checked. */
  readonly content: unknown;

  private constructor(
    /** Path of the file for messages. */
    readonly name: string,
    /** Folder of the file, which relative paths start at. */
    readonly folder: string,
    private readonly document: Document,
    private readonly lines: LineCounter,
  ) {
    this.content = document.toJS();
  }

  /** A problem with the line of the key it is about, or of the nearest key around it. */
  at(keys: KeyPath, problem: string): string {
    return `${this.name}:${this.lineOf(keys)}: ${problem}`;
  }

  lineOf(keys: KeyPath): number {
    let node: unknown = this.document.contents;
    let line = isNode(node) && node.range ? this.lines.linePos(node.range[0]).line : 1;
    for (const key of keys) {
      const pair = isMap(node) ? node.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined;
      const found = isSeq(node) && typeof key === 'number' ? node.items[key] : pair?.key;
      if (!isNode(found) || !found.range) break;
      line = this.lines.linePos(found.range[0]).line;
      node = pair ? pair.value : found;
    }
    return line;
  }
}

function explain(error: YAMLError, text: string): string {
  const rest = text.slice(error.pos[0]);
  if (error.code === 'DUPLICATE_KEY') return `${/^[^:\s]+/.exec(rest)?.[0]} is in this map twice.`;
  return `not valid YAML: ${error.message}.`;
}
