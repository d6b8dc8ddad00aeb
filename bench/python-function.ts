import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ROOT } from '../test/runtime/install';
import type { FunctionSettings } from '../test/runtime/lambda-function';
import type { Model } from './subject';

const SOURCES = path.join(ROOT, 'bench/python');
const VENV = path.join(ROOT, '.local/bench-venv');
const PYTHON = path.join(VENV, 'bin/python');
/** Newest runtime of AWS Lambda first. */
const CANDIDATES = ['python3.13', 'python3.12', 'python3.11', 'python3'];

/** A function of the same model in Python, on AWS's client for Python. */
export function pythonFunction({ file, settings }: Model): FunctionSettings {
  installPython();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'python-function-'));
  mkdirSync(path.join(folder, 'model'));
  copyFileSync(file, path.join(folder, 'model/model.onnx'));
  copyFileSync(path.join(SOURCES, 'handler.py'), path.join(folder, 'handler.py'));
  const command = [PYTHON, '-m', 'awslambdaric', 'handler.handler'];
  return { folder, command, handler: 'handler.handler', memoryMb: settings.memoryMb };
}

/** Python with what the comparisons need. */
export function pythonProgram(): string {
  installPython();
  return PYTHON;
}

/** Folder of the packages that the Python function ships. */
export function pythonPackages(): string {
  installPython();
  const script = 'import sysconfig; print(sysconfig.get_paths()["purelib"])';
  return spawnSync(PYTHON, ['-c', script], { encoding: 'utf8' }).stdout.trim();
}

export function pythonVersion(): string {
  return spawnSync(PYTHON, ['--version'], { encoding: 'utf8' }).stdout.trim();
}

function installPython(): void {
  const requirements = path.join(SOURCES, 'requirements.txt');
  const wanted = readFileSync(requirements, 'utf8');
  const stamp = path.join(VENV, 'installed.txt');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const base = CANDIDATES.find((name) => spawnSync(name, ['-c', 'import ensurepip, venv']).status === 0);
  if (!base) throw new Error(`The comparison needs Python with venv; none of ${CANDIDATES.join(', ')} works.`);
  must(base, ['-m', 'venv', '--clear', VENV]);
  must(PYTHON, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
  writeFileSync(stamp, wanted);
}

function must(program: string, args: string[]): void {
  const { status } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed`);
}
