import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run, runOrThrow } from './child';
import { LocalRunError } from './errors';
import type { Toolkit, Workspace } from './workspace';

const CANDIDATES = ['python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3', 'python'];
const MINIMUM = [3, 10] as const;

/** What a Python says of itself: `3.12 True` (version, and whether it can make virtual environments). */
const SELF_DESCRIPTION =
  'import sys, importlib.util as u; print("%d.%d" % sys.version_info[:2], all(map(u.find_spec, ("venv", "ensurepip"))))';

export interface PythonProbe {
  readonly command: string;
  /** What `SELF_DESCRIPTION` printed; absent when the command does not exist or does not work. */
  readonly answer?: string;
}

/** The first Python that is new enough and can make virtual environments; otherwise says what was found. */
export function choosePython(probes: readonly PythonProbe[]): string {
  const found: string[] = [];
  let venvMissing: string | undefined;
  for (const { command, answer } of probes) {
    const match = /^(\d+)\.(\d+) (True|False)$/.exec(answer?.trim() ?? '');
    if (!match) {
      continue;
    }
    const [major, minor, canMakeVenv] = [Number(match[1]), Number(match[2]), match[3] === 'True'];
    const newEnough = major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1]);
    if (newEnough && canMakeVenv) {
      return command;
    }
    if (newEnough) {
      venvMissing ??= `${major}.${minor}`;
    }
    found.push(`${command} (${major}.${minor}${newEnough ? ', without venv' : ''})`);
  }
  throw new LocalRunError(
    `The embedded emulator needs Python ${MINIMUM.join('.')} or newer with venv. Found: ${found.join(', ') || 'none'}.`,
    {
      hint: venvMissing
        ? `Install the missing part, on Debian and Ubuntu: apt install python${venvMissing}-venv`
        : 'Install Python from python.org, your package manager or pyenv; or use an emulator that already runs: --endpoint URL',
    },
  );
}

export interface PythonOptions {
  readonly toolkit: Toolkit;
  readonly workspace: Workspace;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  /** Called when it has to be installed first. */
  readonly onInstall?: () => void;
}

/** The Python of a virtual environment with the pinned emulator, made when it is missing or outdated. */
export function ensurePython({ toolkit, workspace, ...options }: PythonOptions): Promise<string> {
  return ensureVenv(join(workspace.toolsDir, 'venv'), {
    ...options,
    what: 'the emulator',
    requirements: join(toolkit.launcherDir, 'requirements.txt'),
  });
}

export interface VenvOptions extends Pick<PythonOptions, 'env' | 'signal' | 'onInstall'> {
  /** What is installed, in words. */
  readonly what: string;
  /** File that names it. */
  readonly requirements: string;
}

/** The Python of a virtual environment that has what is required, made when it is missing or outdated. */
export async function ensureVenv(venv: string, options: VenvOptions): Promise<string> {
  const { what, requirements, env, signal, onInstall } = options;
  const python = process.platform === 'win32' ? join(venv, 'Scripts', 'python.exe') : join(venv, 'bin', 'python');
  const stamp = join(venv, 'installed.sha256');
  const wanted = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex');
  if (existsSync(python) && (await readFile(stamp, 'utf8').catch(() => '')) === wanted) {
    return python;
  }
  const base = choosePython(await Promise.all(CANDIDATES.map((command) => probe(command, env))));
  onInstall?.();
  await rm(venv, { recursive: true, force: true });
  await mkdir(dirname(venv), { recursive: true });
  await runOrThrow('Making a virtual environment', base, ['-m', 'venv', venv], { env, signal });
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
  await runOrThrow(`Installing ${what}`, python, install, {
    env,
    signal,
    hint: `${what[0]?.toUpperCase()}${what.slice(1)} comes from the Python package index; check the connection and the settings of pip.`,
  });
  await writeFile(stamp, wanted);
  return python;
}

async function probe(command: string, env: NodeJS.ProcessEnv): Promise<PythonProbe> {
  const result = await run(command, ['-c', SELF_DESCRIPTION], { env }).catch(() => undefined);
  return { command, answer: result?.code === 0 ? result.stdout : undefined };
}
