import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { main } from '../../bin/commands/command-line';
import { toolkitAt } from '../../bin/local/workspace';
import { RecordedTerminal } from './terminal';

export const ROOT = path.join(import.meta.dirname, '../..');
export const fixture = (name: string): string => path.join(ROOT, 'test/fixtures/models', name, 'model.onnx');
export const demoModel = (name: string): string => path.join(ROOT, 'models', name, 'model.onnx');

/** A folder of somebody's own, with the built package to work on it. */
export class Project {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'init-'));

  async run(...args: string[]) {
    const terminal = new RecordedTerminal();
    const { signal } = new AbortController();
    // Without the settings of whoever runs the tests: who they are in git, for one.
    const env = { PATH: process.env.PATH, HOME: this.folder, GIT_CONFIG_NOSYSTEM: '1' };
    const exitCode = await main(args, { toolkit: toolkitAt(ROOT), cwd: this.folder, env, terminal, signal });
    return { exitCode, stdout: terminal.stdout, stderr: terminal.stderr };
  }

  init(model: string, ...args: string[]) {
    return this.run('init', model, ...(args.includes('--owner') ? [] : ['--owner', 'team@example.org']), ...args);
  }

  path(...names: string[]): string {
    return path.join(this.folder, ...names);
  }

  write(name: string, content: string | Uint8Array): string {
    const file = this.path(name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  }

  read(...names: string[]): string {
    return readFileSync(this.path(...names), 'utf8');
  }

  /** Everything in it, hidden files too. */
  files(): string[] {
    return (readdirSync(this.folder, { recursive: true }) as string[]).sort();
  }
}
