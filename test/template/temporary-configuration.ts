import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { ConfigurationError, loadServingFile } from '../../lib/template';

const folder = mkdtempSync(path.join(os.tmpdir(), 'serving-template-'));
mkdirSync(path.join(folder, 'models/iris'), { recursive: true });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

export const irisModel = path.resolve('models/iris');

/** A new folder, which is removed with all the others. */
export function temporaryFolder(name: string): string {
  return mkdtempSync(path.join(folder, `${name}-`));
}

/** `serving.yaml` in a folder that also has an empty `models/iris`. */
export function write(yaml: string): string {
  const file = path.join(folder, 'serving.yaml');
  writeFileSync(file, yaml);
  return file;
}

/** The lines that a person reads, with the file as if it lay in the working directory. */
export function problemsOf(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map((problem) => problem.replaceAll(`${path.relative(process.cwd(), folder)}/`, ''));
  }
  return [];
}

/** What loading says about a file. */
export function problemsIn(yaml: string): string[] {
  const file = write(yaml);
  return problemsOf(() => loadServingFile(file));
}

/** A file with one service; the lines of the entry begin at line 6. */
export function entry(...lines: string[]): string {
  return [
    'templateVersion: 1',
    'environments: { production: }',
    'services:',
    '  iris:',
    '    pattern: web-single',
    ...lines.map((line) => `    ${line}`),
    '',
  ].join('\n');
}
