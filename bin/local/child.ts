import { spawn } from 'node:child_process';
import { LocalRunError } from './errors';

export interface ChildOptions {
  readonly cwd?: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  /** Called with each line the child writes, to either stream. */
  readonly onLine?: (line: string) => void;
}

export interface ChildResult {
  readonly code: number;
  readonly stdout: string;
  /** Both streams as they came. */
  readonly output: string;
}

/** Runs a command to its end. Rejects only when it cannot be started or is aborted. */
export function run(command: string, args: readonly string[], options: ChildOptions): Promise<ChildResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env,
      signal: options.signal,
      stdio: ['ignore', 'pipe', 'pipe'],
      // npm is a command script there
      shell: process.platform === 'win32' && command === 'npm',
    });
    let stdout = '';
    let output = '';
    let line = '';
    const read = (text: string): void => {
      output += text;
      const lines = (line + text).split(/\r?\n/);
      line = lines.pop() ?? '';
      for (const each of lines) {
        options.onLine?.(each);
      }
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      read(text);
    });
    child.stderr.setEncoding('utf8').on('data', read);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, output }));
  });
}

/** Like `run`, for commands that must succeed. */
export async function runOrThrow(
  what: string,
  command: string,
  args: readonly string[],
  options: ChildOptions & { readonly hint?: string },
): Promise<ChildResult> {
  const result = await run(command, args, options);
  if (result.code !== 0) {
    throw new LocalRunError(`${what} failed (exit code ${result.code}).`, {
      detail: lastLines(result.output, 25),
      hint: options.hint,
    });
  }
  return result;
}

export function lastLines(text: string, count: number): string {
  return text.trimEnd().split(/\r?\n/).slice(-count).join('\n');
}
