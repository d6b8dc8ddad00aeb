import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { NO_TELEMETRY } from '../../lambdas/shared/contract';
import { lastLines } from '../local/child';
import { LocalRunError } from '../local/errors';
import type { Toolkit } from '../local/workspace';
import { findOnnxRuntime } from './find-onnxruntime';
import { residentBytes } from './resident-bytes';
import { explainFault } from './runtime-faults';
import type { Report, Results, Task } from './task';

export interface TaskOptions {
  readonly toolkit: Toolkit;
  /** Where the project is that the command runs for; it may have an ONNX Runtime of its own. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  /** @default 120000 */
  readonly limitMs?: number;
  /** @default what a function has at most, as far as this machine has it */
  readonly limitBytes?: number;
  readonly onProgress?: (text: string) => void;
}

/** A function has no more memory. */
const FUNCTION_BYTES = 10_240 * 1024 * 1024;
const MEMORY_LOOK_MS = 200;

/**
 * Runs a task in a process of its own, because a model is somebody else's code: it may crash ONNX Runtime, run for ever
 * or take all memory.
 *
 * @throws LocalRunError with what the model did
 */
export async function runTask<Kind extends Task['kind']>(
  task: Task & { readonly kind: Kind },
  options: TaskOptions,
): Promise<Results[Kind]> {
  const program = join(options.toolkit.root, 'build', 'bin', 'onnx', 'model-process.js');
  if (!existsSync(program)) throw new LocalRunError(`${program} is missing.`, { hint: 'Build it: npm run build' });
  const { PATH, HOME, TMPDIR, SystemRoot } = options.env;
  const child = fork(program, [], {
    // What a model can make ONNX Runtime read of its environment is nobody's business.
    env: {
      ...{ PATH, HOME, TMPDIR, SystemRoot },
      ...NO_TELEMETRY,
      ONNXRUNTIME_NODE: findOnnxRuntime(options.toolkit, options.cwd),
    },
    execArgv: [],
    // Unlike JSON it knows NaN.
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  try {
    return (await resultOf(child, task, options)) as Results[Kind];
  } finally {
    child.kill('SIGKILL');
  }
}

function resultOf(child: ChildProcess, task: Task, options: TaskOptions): Promise<Results[Task['kind']]> {
  const { limitMs = 120_000, limitBytes = Math.min(FUNCTION_BYTES, 0.8 * totalmem()), signal } = options;
  let written = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      // ONNX Runtime warns at length; its end is what matters.
      written = (written + text).slice(-20_000);
    });
  }
  return new Promise((resolve, reject) => {
    const fail = (message: string, hint?: string) =>
      reject(new LocalRunError(message, { hint, detail: lastLines(written, 10) || undefined }));
    const clock = setTimeout(() => {
      fail(
        `The model did not come to an end within ${limitMs / 1000} s.`,
        'A model that needs longer for one row is for batch, not for an answer over HTTP. Does it have a loop whose end is an input? Give it that: --input FILE',
      );
    }, limitMs);
    const look = setInterval(async () => {
      const bytes = await residentBytes(child.pid);
      if (bytes === undefined || bytes <= limitBytes) return;
      fail(
        `The model takes more than ${Math.floor(limitBytes / 1024 / 1024)} MiB of memory.`,
        'A function has at most 10,240 MiB. Use a smaller model (int8 is a quarter of float), or smaller inputs: --input FILE',
      );
    }, MEMORY_LOOK_MS);
    const stop = () => reject(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
    child.once('exit', (code, killed) => {
      clearTimeout(clock);
      clearInterval(look);
      signal?.removeEventListener('abort', stop);
      fail(
        `The model ended the process of ONNX Runtime (${killed ?? `exit code ${code}`}).`,
        'It would do the same to a function. Does Python run it, with the same version of onnxruntime?',
      );
    });
    child.once('error', reject);
    child.on('message', (report: Report) => {
      if ('progress' in report) options.onProgress?.(report.progress);
      else if ('result' in report) resolve(report.result);
      else if ('reason' in report) fail(report.reason, report.wayOut);
      else reject(explainFault(report.fault));
    });
    child.send(task);
  });
}
