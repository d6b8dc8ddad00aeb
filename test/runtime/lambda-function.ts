import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { installRuntime } from './install';
import { RuntimeApi } from './runtime-api';

export interface FunctionSettings {
  /** Folder with the handler, as Lambda unpacks it to /var/task. */
  readonly folder: string;
  /** Folder of the layer's packages, as Lambda has them at /opt/nodejs/node_modules. */
  readonly layerModules?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** @default 1769 */
  readonly memoryMb?: number;
  /** @default 'index.handler' */
  readonly handler?: string;
  /** Program and arguments that call the handler, instead of Node 24 with AWS's client for it. */
  readonly command?: readonly string[];
  /** What the program is started by, such as `taskset -c 1`. */
  readonly pinned?: readonly string[];
}

export interface Invocation<Response> {
  readonly response: Response;
  /** Whether the handler threw; the response is then Lambda's `{errorType, errorMessage}`. */
  readonly failed: boolean;
  /** From handing the event over to having read the whole answer. */
  readonly ms: number;
  /** Lines written since the invocation before (or init). */
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

/** A function in an environment of its own, with nothing of this process's environment. */
export class LambdaFunction {
  /** Starts it and waits until its init is over; what it wrote during init comes with a failure. */
  static async start(settings: FunctionSettings): Promise<LambdaFunction> {
    const command = [...(settings.pinned ?? []), ...(settings.command ?? (await nodeCommand()))];
    const api = await RuntimeApi.listen();
    const logs = mkdtempSync(path.join(os.tmpdir(), 'function-logs-'));
    const started = performance.now();
    const fn = new LambdaFunction(api, logs, run(command, logs, environmentOf(settings, api.address)));
    try {
      await api.ready;
    } catch (error) {
      const written = [...fn.#stdout.take(), ...fn.#stderr.take()].join('\n');
      await fn.stop();
      throw new Error(`${(error as Error).message}\n${written}`);
    }
    fn.initMs = performance.now() - started;
    fn.initLines = fn.#stdout.take();
    return fn;
  }

  /** From the start of the process to its first request for an event. */
  initMs = 0;
  /** What it wrote to stdout during init. */
  initLines: readonly string[] = [];
  readonly #stdout: LineFile;
  readonly #stderr: LineFile;
  readonly #exited: Promise<void>;

  private constructor(
    private readonly api: RuntimeApi,
    private readonly logs: string,
    private readonly process: ChildProcess,
  ) {
    this.#stdout = new LineFile(path.join(logs, 'stdout'));
    this.#stderr = new LineFile(path.join(logs, 'stderr'));
    this.#exited = new Promise((resolve) => {
      process.once('error', (error) => {
        api.end(error);
        resolve();
      });
      process.once('exit', (code, signal) => {
        api.end(new Error(`the function's process ended with ${signal ?? `exit code ${code}`}`));
        resolve();
      });
    });
  }

  async invoke<Response>(event: unknown, timeoutMs = 10_000): Promise<Invocation<Response>> {
    const { body, failed, ms } = await this.api.invoke(JSON.stringify(event), timeoutMs);
    const response = JSON.parse(body) as Response;
    return { response, failed, ms, stdout: this.#stdout.take(), stderr: this.#stderr.take() };
  }

  /** The same without reading answer and log: for loops that measure. */
  async time(event: string, timeoutMs = 10_000): Promise<number> {
    return (await this.api.invoke(event, timeoutMs)).ms;
  }

  /** Resident memory now and at its peak, in bytes. Linux only. */
  memory(): { readonly residentBytes: number; readonly peakBytes: number } {
    const status = readFileSync(`/proc/${this.process.pid}/status`, 'utf8');
    const bytes = (field: string) => Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
    return { residentBytes: bytes('VmRSS'), peakBytes: bytes('VmHWM') };
  }

  /** CPU time of all its threads since its start, to a hundredth of a second. Linux only. */
  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.process.pid}/stat`, 'utf8');
    // Behind the program's name, which may hold anything: user and system time.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  async stop(): Promise<void> {
    if (this.process.pid !== undefined && this.process.exitCode === null) this.process.kill('SIGKILL');
    await this.#exited;
    await this.api.close();
    rmSync(this.logs, { recursive: true, force: true });
  }
}

function run([program = '', ...args]: readonly string[], logs: string, env: Record<string, string>): ChildProcess {
  // Files, not pipes: Node writes to them before it goes on, so that an answer's line is there when the answer is.
  const stdout = openSync(path.join(logs, 'stdout'), 'a');
  const stderr = openSync(path.join(logs, 'stderr'), 'a');
  const child = spawn(program, args, { cwd: env.LAMBDA_TASK_ROOT, env, stdio: ['ignore', stdout, stderr] });
  closeSync(stdout);
  closeSync(stderr);
  return child;
}

/** Without the module loading that newer Node versions add and Lambda switches off in some: what loads here loads in all. */
const NODE_OPTIONS = ['--no-experimental-require-module', '--no-experimental-detect-module'];

async function nodeCommand(): Promise<string[]> {
  const { node, client } = await installRuntime();
  return [node, ...NODE_OPTIONS, client];
}

function environmentOf(settings: FunctionSettings, address: string): Record<string, string> {
  const { folder, layerModules, handler = 'index.handler', memoryMb = 1769, environment } = settings;
  return {
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    TMPDIR: os.tmpdir(),
    NODE_PATH: layerModules ?? '',
    _HANDLER: handler,
    LAMBDA_TASK_ROOT: folder,
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    AWS_LAMBDA_RUNTIME_API: address,
    AWS_LAMBDA_FUNCTION_NAME: 'predict',
    AWS_LAMBDA_FUNCTION_VERSION: '1',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/predict',
    AWS_LAMBDA_LOG_STREAM_NAME: '2026/11/22/[1]00000000000000000000000000000000',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_REGION: 'eu-west-1',
    AWS_DEFAULT_REGION: 'eu-west-1',
    ...environment,
  };
}

/** Complete lines of a growing file, each given once. */
class LineFile {
  #offset = 0;

  constructor(private readonly file: string) {}

  take(): string[] {
    const descriptor = openSync(this.file, 'r');
    const chunks: Buffer[] = [];
    try {
      for (;;) {
        const chunk = Buffer.alloc(65_536);
        const read = readSync(descriptor, chunk, 0, chunk.length, this.#offset);
        if (read === 0) break;
        this.#offset += read;
        chunks.push(chunk.subarray(0, read));
      }
    } finally {
      closeSync(descriptor);
    }
    return Buffer.concat(chunks).toString().split('\n').slice(0, -1);
  }
}
