import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLines } from './child';
import { findEmulator, forgetRun, readRecord, recover } from './emulator-record';
import { LocalRunError } from './errors';
import { HINTS } from './hints';
import { DEFAULT_PORT, isPortFree, nextFreePort, portHolder, portTaken } from './port';
import { endProcess, isRunning } from './processes';
import type { Progress } from './progress';
import { ensurePython } from './python';
import { ensureFunctionRuntime, type FunctionRuntime } from './runtime';
import type { Toolkit, Workspace } from './workspace';

export interface StartEmulatorOptions {
  readonly toolkit: Toolkit;
  readonly workspace: Workspace;
  readonly progress: Progress;
  /** The caller's environment; little of it reaches the emulator, and so the functions. */
  readonly env: NodeJS.ProcessEnv;
  /** @default the port of the last run, at first 4566 */
  readonly port?: number;
  readonly signal?: AbortSignal;
}

export interface RunningEmulator {
  readonly pid: number;
  readonly port: number;
  readonly endpointUrl: string;
  /** Whether this call started it; otherwise it ran already. */
  readonly started: boolean;
}

const HEALTH_LIMIT_MS = 60_000;
/** Stopping saves the state of every service first. */
const STOP_LIMIT_MS = 60_000;
const LOG_LIMIT_BYTES = 20_000_000;

export async function startEmulator(options: StartEmulatorOptions): Promise<RunningEmulator> {
  const { toolkit, workspace, progress, env, signal } = options;
  const record = await readRecord(workspace);
  const running = await findEmulator(workspace);
  if (running) {
    return reuse(running, options.port);
  }
  const recovered = await recover(workspace);
  if (recovered) {
    await progress.step(recovered, async () => undefined);
  }
  const port = options.port ?? record?.port ?? DEFAULT_PORT;
  if (!(await isPortFree(port))) {
    throw portTaken(port, await nextFreePort(port), await portHolder(port));
  }
  const python = await progress.step('Python with the emulator', ({ begin }) =>
    ensurePython({ toolkit, workspace, env, signal, onInstall: () => begin('installing, about half a minute') }),
  );
  const runtime = await progress.step('Node for the functions', ({ begin }) =>
    ensureFunctionRuntime(workspace, env, signal, () => begin('installing, about half a minute')),
  );
  return progress.step('Emulator', async ({ outcome }) => {
    const pid = await launch(options, python, runtime, port);
    await writeFile(workspace.emulatorFile, `${JSON.stringify({ pid, port, startedAt: new Date().toISOString() })}\n`);
    await waitUntilHealthy(workspace, pid, port, signal);
    outcome(`Emulator at ${endpointOf(port)}`);
    return { pid, port, endpointUrl: endpointOf(port), started: true };
  });
}

function reuse(running: { readonly pid: number; readonly port: number }, asked?: number): RunningEmulator {
  if (asked !== undefined && asked !== running.port) {
    throw new LocalRunError(`This configuration's emulator runs on port ${running.port}, not ${asked}.`, {
      hint: `Stop it first: ${HINTS.down}`,
    });
  }
  return { ...running, endpointUrl: endpointOf(running.port), started: false };
}

async function launch(
  { toolkit, workspace, env }: StartEmulatorOptions,
  python: string,
  runtime: FunctionRuntime,
  port: number,
): Promise<number> {
  await mkdir(workspace.functionsDir, { recursive: true });
  // Beside the functions' folder, so that `import` and `require` find there what Lambda's runtime brings along.
  const modules = join(workspace.dir, 'node_modules');
  await rm(modules, { force: true, recursive: true });
  await symlink(runtime.modulesDir, modules, 'junction');

  if (existsSync(workspace.emulatorLog) && (await stat(workspace.emulatorLog)).size > LOG_LIMIT_BYTES) {
    await truncate(workspace.emulatorLog);
  }
  const log = await open(workspace.emulatorLog, 'a');
  // A session of its own: Ctrl-C in the terminal must reach us only, because the emulator is stopped last.
  const child = spawn(python, [join(toolkit.launcherDir, 'gaps.py'), workspace.dir], {
    cwd: workspace.dir,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: emulatorEnvironment(workspace, runtime, port, env),
  });
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid as number));
  });
  child.unref();
  await log.close();
  return pid;
}

/** Functions inherit the emulator's environment, so it holds no more than both need. */
export function emulatorEnvironment(
  workspace: Workspace,
  runtime: FunctionRuntime,
  port: number,
  env: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const kept = ['HOME', 'LANG', 'LC_ALL', 'TZ', 'SYSTEMROOT', 'COMSPEC', 'PATHEXT'];
  return {
    ...Object.fromEntries(kept.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
    PATH: [runtime.binDir, env.PATH].join(delimiter),
    TMPDIR: workspace.functionsDir,
    PYTHONUNBUFFERED: '1',
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    AUTH: 'true',
    PERSIST_STATE: '1',
    STATE_DIR: workspace.stateDir,
    S3_PERSIST: '1',
    S3_DATA_DIR: workspace.s3Dir,
    SFTP_ENABLED: '0',
    IOT_MTLS_ENABLED: '0',
  };
}

async function waitUntilHealthy(workspace: Workspace, pid: number, port: number, signal?: AbortSignal): Promise<void> {
  for (const end = Date.now() + HEALTH_LIMIT_MS; Date.now() < end; await sleep(100, undefined, { signal })) {
    if (await isHealthy(port)) {
      return;
    }
    if (!(await isRunning(pid))) {
      break;
    }
  }
  await endProcess(pid, 2_000);
  throw new LocalRunError('The emulator did not start.', {
    detail: lastLines(await readFile(workspace.emulatorLog, 'utf8'), 15),
    hint: `Its log: ${workspace.emulatorLog}`,
  });
}

export async function isHealthy(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/_ministack/health`, { signal: AbortSignal.timeout(2_000) }).then(
    (answer) => answer.ok,
    () => false,
  );
}

/** Stops the emulator and waits until its state is saved. Answers whether there was one to stop. */
export async function stopEmulator(workspace: Workspace): Promise<boolean> {
  const running = await findEmulator(workspace);
  if (!running) {
    return false;
  }
  const saved = await endProcess(running.pid, STOP_LIMIT_MS);
  await forgetRun(workspace, running.port);
  await rm(workspace.functionsDir, { recursive: true, force: true });
  if (!saved) {
    throw new LocalRunError(`The emulator did not stop within ${STOP_LIMIT_MS / 1000} s and was killed.`, {
      hint: 'Its state is lost; the next start deploys anew.',
    });
  }
  return true;
}

export function endpointOf(port: number): string {
  return `http://localhost:${port}`;
}
