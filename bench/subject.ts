import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { predictFunction } from '../test/runtime/function-folder';
import { installRuntime, ROOT } from '../test/runtime/install';
import type { FunctionSettings } from '../test/runtime/lambda-function';

/** A model to measure with, its function, and a request of one row. */
export interface Model {
  readonly name: string;
  readonly file: string;
  readonly input: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
  readonly settings: FunctionSettings;
}

export function modelNamed(name: string): Model {
  const folder = path.join(ROOT, 'models', name);
  const row = name === 'iris' ? { input: 'features', shape: [1, 4] } : { input: 'image', shape: [1, 1, 28, 28] };
  const length = row.shape.reduce((a, b) => a * b);
  // Values as a client would send them: few digits for measured lengths, more for grey levels.
  const values = Array.from({ length }, (_, i) => (name === 'iris' ? [5.1, 3.5, 1.4, 0.2][i] : (i % 256) / 255) ?? 0);
  return { name, file: path.join(folder, 'model.onnx'), ...row, values, settings: predictFunction(folder) };
}

export function subject(name: string): string {
  return path.join(ROOT, 'build/bench/subjects', `${name}.mjs`);
}

/** One core for what is measured, as a function of one vCPU has it; the other ones drive it. Where `taskset` is missing, any. */
export const ONE_CORE: readonly string[] =
  spawnSync('taskset', ['-c', '1', 'true']).status === 0 ? ['taskset', '-c', '1'] : [];

/** An event as a file: a large one is no argument. */
export function fileOf(event: object): string {
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'event-')), 'event.json');
  writeFileSync(file, JSON.stringify(event));
  return file;
}

/** Runs a script of the benchmarks as a function would run; what it wrote to descriptor 3, its output, its start. */
export async function runSubject(
  script: string,
  args: readonly string[],
  { settings, nodeOptions = [] }: { readonly settings: FunctionSettings; readonly nodeOptions?: readonly string[] },
): Promise<{ readonly report: unknown; readonly stdout: string; readonly startedMs: number }> {
  const { node } = await installRuntime();
  const [program = '', ...rest] = [...ONE_CORE, node, ...nodeOptions, subject(script), ...args];
  const env = {
    ...settings.environment,
    PATH: '/usr/local/bin:/usr/bin:/bin',
    NODE_PATH: settings.layerModules,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.memoryMb),
    AWS_LAMBDA_LOG_STREAM_NAME: '2026/11/22/[1]00000000000000000000000000000000',
  };
  const startedMs = performance.timeOrigin + performance.now();
  const child = spawn(program, rest, { cwd: settings.folder, env, stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
  const [report, stdout] = await Promise.all([text(child.stdio[3] as Readable), text(child.stdout as Readable)]);
  if (report === '') throw new Error(`${script} failed: ${stdout}`);
  return { report: JSON.parse(report), stdout, startedMs };
}
