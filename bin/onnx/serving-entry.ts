import { isDeepStrictEqual } from 'node:util';
import { isMap, isNode, parseDocument, stringify } from 'yaml';
import { LocalRunError } from '../local/errors';

/** What is written under `services`. */
export interface ServingEntry {
  readonly pattern: string;
  readonly model: string | { readonly card: string; readonly bucket: string; readonly key: string };
}

/** What a new file begins with. */
const NEW_FILE = `# yaml-language-server: $schema=node_modules/cdk-ml-serving/build/serving.schema.json

# The services of this project. A new one: npx cdk-ml-serving init path/to/model.onnx
templateVersion: 1

environments:
  # This machine (npx cdk-ml-serving start). Calls need no signature, so that curl works.
  local:
    local: true
    defaults:
      auth: none
  # AWS (npx cdk deploy --all). Calls are signed: auth is iam, because nothing says otherwise.
  production: {}

services:
`;

/** The text of a configuration, before and after. */
export class ServingText {
  private readonly content: unknown;

  /**
   * @param file for messages
   * @param text undefined where there is no file yet
   * @throws LocalRunError when an entry cannot be added to it
   */
  constructor(
    private readonly file: string,
    private readonly text: string | undefined,
  ) {
    const document = parseDocument(text ?? NEW_FILE);
    const [error] = document.errors;
    if (error) throw new LocalRunError(`${file} is not valid YAML: ${error.message}`);
    this.content = document.toJS();
    const services = this.services;
    if (services !== undefined && (typeof services !== 'object' || Array.isArray(services))) {
      throw new LocalRunError(`services in ${file} is not a map of services by name.`);
    }
  }

  /** The entry of that name, if there is one. */
  entry(name: string): Readonly<Record<string, unknown>> | undefined {
    return this.services !== undefined && Object.hasOwn(Object(this.services), name)
      ? Object((this.services as Record<string, unknown>)[name])
      : undefined;
  }

  /**
   * The text with the entry; undefined where it says all of that already. What is written stays as it is, byte for byte
   * where the file is in block style.
   */
  with(name: string, written: ServingEntry): string | undefined {
    const before = this.entry(name);
    const entry = { ...before, ...written };
    if (isDeepStrictEqual(entry, before)) return undefined;
    const expected = { ...Object(this.content), services: { ...Object(this.services), [name]: entry } };
    const says = (text: string) => isDeepStrictEqual(parseDocument(text).toJS(), expected);
    const spliced = this.text === undefined ? NEW_FILE + lines(name, entry, 2) : this.spliced(name, entry);
    if (spliced !== undefined && says(spliced)) return spliced;
    const document = parseDocument(this.text ?? NEW_FILE);
    if (!isMap(document.get('services', true))) document.set('services', document.createNode({}));
    document.setIn(['services', name], document.createNode(entry));
    const text = document.toString({ lineWidth: 0 });
    if (says(text)) return text;
    throw new LocalRunError(`${this.file} cannot be added to: what it says would change.`, {
      hint: `Add it by hand:\n\n${lines(name, entry, 2)}`,
    });
  }

  /** The entry set in behind the last one; undefined where the services are in no block map. */
  private spliced(name: string, entry: object): string | undefined {
    const text = this.text ?? '';
    const services = parseDocument(text).get('services', true);
    if (this.entry(name) || !isMap(services) || services.flow) return undefined;
    const last = services.items.at(-1);
    const first = services.items[0]?.key;
    if (!last || !isNode(last.value) || !last.value.range || !isNode(first) || !first.range) return undefined;
    const [, end] = last.value.range;
    const lineEnd = text[end - 1] === '\n' ? end : text.indexOf('\n', end) + 1 || text.length;
    const newline = text.includes('\r\n') ? '\r\n' : '\n';
    const before = text.slice(0, lineEnd);
    const indent = first.range[0] - (text.lastIndexOf('\n', first.range[0] - 1) + 1);
    // Entries with blank lines between them stay apart.
    const apart = services.items.length > 1 && /\n[ \t]*\r?\n/.test(text.slice(services.range?.[0], lineEnd));
    const added = lines(name, entry, indent).replaceAll('\n', newline);
    return before + (before.endsWith('\n') ? '' : newline) + (apart ? newline : '') + added + text.slice(lineEnd);
  }

  private get services(): unknown {
    return Object(this.content).services ?? undefined;
  }
}

function lines(name: string, entry: object, indent: number): string {
  const block = stringify({ [name]: entry }, { lineWidth: 0 });
  return block.replace(/^(?=.)/gm, ' '.repeat(indent));
}
