import { existsSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from './child';

export interface ProcessEntry {
  readonly pid: number;
  readonly command: string;
  /** Known on Linux only. */
  readonly cwd?: string;
}

/** All processes that can be seen. Zombies have no command and are left out. */
export function listProcesses(): Promise<ProcessEntry[]> {
  return hasProc() ? readProc() : readPs();
}

async function readProc(): Promise<ProcessEntry[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const entries = await Promise.all(
    pids.map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
      return { pid: Number(pid), command: command.replaceAll('\0', ' ').trim(), cwd };
    }),
  );
  return entries.filter((entry) => entry.command !== '');
}

async function readPs(): Promise<ProcessEntry[]> {
  const { stdout } = await run('/bin/ps', ['-axo', 'pid=,args='], { env: {} });
  return parsePs(stdout);
}

export function parsePs(text: string): ProcessEntry[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\S.*)$/.exec(line);
    return match?.[1] && match[2] && !match[2].endsWith('<defunct>')
      ? [{ pid: Number(match[1]), command: match[2].trim() }]
      : [];
  });
}

/** Processes that run from a folder: their working directory is in it, or a path in it is on their command line. */
export function processesOf(folder: string, processes: readonly ProcessEntry[], ownPid: number): ProcessEntry[] {
  const prefix = folder + sep;
  return processes.filter(
    ({ pid, command, cwd }) => pid !== ownPid && (command.includes(prefix) || `${cwd ?? ''}${sep}`.startsWith(prefix)),
  );
}

/** Whether the process still runs: an exited one that nobody has waited for does not. */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  if (!hasProc()) {
    return true;
  }
  // Gone since the signal was sent, or only waiting to be collected by its parent.
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !/^\d+ \(.*\) Z/s.test(stat);
}

function hasProc(): boolean {
  return existsSync('/proc/self/cmdline');
}

/** Asks a process to end and waits; kills it after `graceMs`. Answers whether it ended by itself. */
export async function endProcess(pid: number, graceMs: number): Promise<boolean> {
  sendSignal(pid, 'SIGTERM');
  if (await endedWithin(pid, graceMs)) {
    return true;
  }
  sendSignal(pid, 'SIGKILL');
  await endedWithin(pid, 5_000);
  return false;
}

async function endedWithin(pid: number, limitMs: number): Promise<boolean> {
  for (const end = Date.now() + limitMs; Date.now() < end; await sleep(50)) {
    if (!(await isRunning(pid))) {
      return true;
    }
  }
  return false;
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
      throw error;
    }
  }
}
