#!/usr/bin/env node
/**
 * Writes the generated parts of the Markdown files, each between two markers:
 *
 *   props:start WebSingleProps          table of a construct's props, from the jsii assembly
 *   keys:start any-service              table of a definition of the JSON Schema of serving.yaml; `file` is the top
 *   file:start examples/python/app.py   a file of the repository, as it is
 *   behaviours:start all                what each emulator showed of the numbered behaviours (scripts/emulators.mjs)
 *
 *   node scripts/docs.mjs               builds what the tables are made from, then writes
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, run } from './dependencies.mjs';
import { behaviours } from './emulators.mjs';

/** Every Markdown file of the documentation, relative to the root. */
export function documents() {
  const folders = ['docs', 'examples', 'lambdas', 'lib', 'models'];
  const inFolders = folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true }).map((name) => path.join(folder, name)),
  );
  return ['README.md', ...inFolders.filter((name) => name.endsWith('.md')).sort()];
}

const GENERATORS = { props: propsTable, keys: keysTable, file: fileBlock, behaviours: behavioursTable };
const MARKED = /(<!-- (\w+):start (.+?) -->\n)[\s\S]*?(<!-- \2:end -->)/g;

/** A document with what is between its markers made anew. */
export function withGeneratedParts(text) {
  return text.replace(MARKED, (_, start, kind, argument, end) => {
    const generate = GENERATORS[kind];
    if (!generate) throw new Error(`no generator ${kind}; there are ${Object.keys(GENERATORS).join(', ')}`);
    return `${start}\n${generate(argument)}\n\n${end}`;
  });
}

// --- Props ------------------------------------------------------------------------------------------------------------

function propsTable(name) {
  const assembly = readJson('.jsii');
  const rows = membersOf(`${assembly.name}.${name}`, assembly).map(({ name: prop, optional, type, docs = {} }) => [
    `\`${prop}\``,
    typeText(type, assembly),
    optional ? defaultText(docs.default) : 'required',
    oneLine(`${docs.summary} ${docs.remarks ?? ''}`),
  ]);
  return table(['Prop', 'Type', 'Default', 'What it is'], rows);
}

/** A struct's own properties first, then the inherited ones; what is required comes first, the rest as it is written. */
function membersOf(fqn, assembly) {
  const { properties = [], interfaces = [] } = assembly.types[fqn];
  const line = ({ locationInModule }) => locationInModule.line;
  const own = [...properties].sort((a, b) => line(a) - line(b));
  const inherited = interfaces.flatMap((parent) => membersOf(parent, assembly));
  // What two parents have from one of theirs is there once.
  const all = [...own, ...inherited].filter(({ name }, at, each) => each.findIndex((one) => one.name === name) === at);
  return [...all.filter(({ optional }) => !optional), ...all.filter(({ optional }) => optional)];
}

function typeText(type, assembly) {
  if (type.primitive) return `\`${type.primitive}\``;
  if (type.collection) {
    const element = typeText(type.collection.elementtype, assembly);
    return type.collection.kind === 'array' ? `list of ${element}` : `map of ${element}`;
  }
  const own = assembly.types[type.fqn];
  if (!own?.datatype) return `\`${type.fqn.split('.').at(-1)}\``;
  const members = membersOf(type.fqn, assembly).map(({ name, optional }) => `${name}${optional ? '?' : ''}`);
  return `\`{ ${members.join(', ')} }\``;
}

/** `@default - prose` as prose, `@default Duration.seconds(10)` as code. */
function defaultText(text = '') {
  return text.startsWith('-') ? oneLine(text.slice(1)) : `\`${text}\``;
}

// --- Keys of serving.yaml ---------------------------------------------------------------------------------------------

function keysTable(name) {
  const schema = readJson('build/serving.schema.json');
  const { properties, required = requiredByAll(schema) } = name === 'file' ? schema : schema.$defs[name];
  const rows = Object.entries(properties).map(([key, property]) => [
    `\`${key}\``,
    writtenText(property),
    required.includes(key) ? 'required' : defaultOf(property),
    oneLine(property.description.replace(/ Default: .*/, '')),
  ]);
  return table(['Key', 'Written as', 'Default', 'What it is'], rows);
}

/** What an entry must have, whatever its pattern. */
function requiredByAll({ $defs }) {
  const [first, ...others] = $defs.service.allOf.map(({ then }) => then.required);
  return first.filter((key) => others.every((required) => required.includes(key)));
}

function writtenText(property) {
  if (property['x-allowed']) return oneLine(property['x-allowed']);
  if (property.const !== undefined) return `\`${property.const}\``;
  if (property.enum) return `one of ${property.enum.join(', ')}`;
  if (property.type === 'array') return `list: ${writtenText(property.items)}`;
  if (property.$ref) return 'a map of properties of services';
  const { type, properties } = property;
  if (type === 'object' && properties) return `\`{ ${Object.keys(properties).join(', ')} }\``;
  const words = { string: 'text', boolean: '`true` or `false`', object: 'map' };
  return words[type] ?? type;
}

function defaultOf({ default: value, description }) {
  if (value !== undefined) return `\`${value}\``;
  return oneLine(/ Default: (.*?)\.?$/.exec(description)?.[1] ?? 'none');
}

// --- Files ------------------------------------------------------------------------------------------------------------

const LANGUAGES = { '.ts': 'typescript', '.mjs': 'javascript', '.py': 'python', '.yaml': 'yaml', '.json': 'json' };

function fileBlock(file) {
  return `\`\`\`${LANGUAGES[path.extname(file)]}\n${readFileSync(path.join(root, file), 'utf8').trimEnd()}\n\`\`\``;
}

// --- Behaviours by emulator -------------------------------------------------------------------------------------------

function behavioursTable() {
  const { titles, rows } = behaviours();
  return table(titles, rows);
}

// ----------------------------------------------------------------------------------------------------------------------

function table(titles, rows) {
  const line = (cells) => `| ${cells.map(escaped).join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A cell that GitHub takes neither for two cells nor for an HTML tag. Within code a tag is none, and shown as it is. */
function escaped(cell) {
  const pieces = cell.replaceAll('|', '\\|').split(/(`[^`]*`)/);
  return pieces.map((piece, at) => (at % 2 ? piece : piece.replaceAll('<', '&lt;'))).join('');
}

function oneLine(text) {
  return text.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
}

function readJson(file) {
  return JSON.parse(readFileSync(path.join(root, file), 'utf8'));
}

function writeDocuments() {
  run(process.execPath, ['scripts/build.mjs', 'lib', 'schema']);
  for (const name of documents()) {
    const file = path.join(root, name);
    const before = readFileSync(file, 'utf8');
    const after = withGeneratedParts(before);
    if (after === before) continue;
    writeFileSync(file, after);
    console.log(`${name} brought up to date`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    writeDocuments();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
