import * as fs from 'node:fs';
import * as path from 'node:path';
import { sha256 } from '../model/sha256';

/** What runs, where `npx cdk-ml-serving build` makes it. */
export const BUILD_COMMAND = 'npx cdk-ml-serving build';
const BUILD_FOLDER = 'build';
const ENTRY = 'index.mjs';
/** What is bundled before it can run. */
const SOURCES = ['.ts', '.mts', '.js'];
const STAMP = '// cdk-ml-serving build: ';

/** A hook as it is named: what runs, and what that is made from where it is made from something. */
export interface HookFile {
  /** A module that needs nothing beside itself, or a folder with one and what it reads. */
  readonly built: string;
  /** The module that `built` is bundled from. */
  readonly source?: string;
}

/**
 * @param named path of a `.mjs` file, of a folder with `index.mjs`, or of what is bundled: a `.ts`, `.mts` or `.js`
 * file, or a folder with `index.ts`
 */
export function locateHook(named: string): HookFile {
  const stat = fs.statSync(named, { throwIfNoEntry: false });
  if (!stat) throw new Error(`Hook not found: ${path.resolve(named)}`);
  if (!stat.isDirectory()) return ofFile(named);
  if (fs.existsSync(path.join(named, ENTRY))) return { built: named };
  const source = SOURCES.map((extension) => path.join(named, `index${extension}`)).find((file) => fs.existsSync(file));
  if (source) return ofFile(source);
  throw new Error(`A folder with a hook has ${ENTRY}, or index${SOURCES.join(', index')}; got ${named}`);
}

function ofFile(file: string): HookFile {
  const { dir, ext, name } = path.parse(file);
  if (ext === '.mjs') return { built: file };
  if (SOURCES.includes(ext) && !file.endsWith('.d.ts')) {
    return { built: path.join(dir, BUILD_FOLDER, `${name}.mjs`), source: file };
  }
  throw new Error(
    `A hook is a .mjs file, or one of ${SOURCES.join(', ')} that "${BUILD_COMMAND}" bundles; got ${file}`,
  );
}

/** First line of a bundle: the files it was made from, by their path from it, with their digests. */
export function hookStamp(built: string, sources: readonly string[]): string {
  const folder = path.dirname(built);
  const digests = sources.map((file) => [path.relative(folder, file).replaceAll(path.sep, '/'), digestOf(file)]);
  return `${STAMP}${JSON.stringify(Object.fromEntries(digests))}\n`;
}

/** A file that is no more what it was when `built` was made from it, if there is one. */
export function changedSource(built: string): string | undefined {
  const [line = ''] = fs.readFileSync(built, 'utf8').split('\n', 1);
  if (!line.startsWith(STAMP)) return undefined;
  const digests = Object.entries(JSON.parse(line.slice(STAMP.length)) as Record<string, string>);
  const fileOf = (name: string) => path.join(path.dirname(built), name);
  const changed = digests.find(([name, digest]) => !fs.existsSync(fileOf(name)) || digestOf(fileOf(name)) !== digest);
  return changed && fileOf(changed[0]);
}

function digestOf(file: string): string {
  return sha256(fs.readFileSync(file));
}
