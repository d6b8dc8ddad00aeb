import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endProcess, listProcesses, type ProcessEntry, processesOf } from './processes';
import type { Workspace } from './workspace';

/** What is written down of an emulator. The port outlives the process: the next start uses it again. */
export interface EmulatorRecord {
  readonly port: number;
  readonly pid?: number;
  readonly startedAt?: string;
}

export async function readRecord(workspace: Workspace): Promise<EmulatorRecord | undefined> {
  const text = await readFile(workspace.emulatorFile, 'utf8').catch(() => undefined);
  if (text === undefined) {
    return undefined;
  }
  try {
    const { port, pid, startedAt } = JSON.parse(text);
    return Number.isInteger(port) ? { port, pid, startedAt } : undefined;
  } catch {
    // Cut short by a crash: as good as none.
    return undefined;
  }
}

export async function forgetRun(workspace: Workspace, port: number): Promise<void> {
  await writeFile(workspace.emulatorFile, `${JSON.stringify({ port })}\n`);
}

/**
 * The process that is this workspace's emulator. A recorded pid alone proves nothing, since the system gives it to
 * another process once the emulator is dead; the launcher's command line names the workspace.
 */
export function emulatorProcess(workspace: Workspace, processes: readonly ProcessEntry[]): ProcessEntry | undefined {
  return processes.find(({ command }) => / \S*gaps\.py /.test(command) && command.endsWith(` ${workspace.dir}`));
}

export async function findEmulator(
  workspace: Workspace,
): Promise<{ readonly pid: number; readonly port: number } | undefined> {
  const record = await readRecord(workspace);
  const found = emulatorProcess(workspace, await listProcesses());
  if (!found) {
    return undefined;
  }
  if (record?.pid === found.pid) {
    return { pid: found.pid, port: record.port };
  }
  // It runs, but its record is gone or another's: without the port it is of no use.
  await endProcess(found.pid, 20_000);
  return undefined;
}

/**
 * Makes a fresh start possible. After a crash the saved state is older than what was deployed, and functions may still
 * run: they are ended and the state is thrown away. Answers what was done, if anything.
 */
export async function recover(workspace: Workspace): Promise<string | undefined> {
  const orphans = processesOf(workspace.functionsDir, await listProcesses(), process.pid);
  await Promise.all(orphans.map(({ pid }) => endProcess(pid, 1_000)));
  await rm(workspace.functionsDir, { recursive: true, force: true });

  const ran = existsSync(workspace.stateDir) || existsSync(workspace.s3Dir);
  if (!ran || existsSync(join(workspace.stateDir, 'clean-shutdown'))) {
    return undefined;
  }
  await deleteData(workspace);
  const ended = orphans.length === 0 ? '' : `, ${orphans.length} orphaned function processes ended`;
  return `The emulator was killed: its state is deleted${ended}`;
}

/** Everything that was deployed and stored; what is installed stays. */
export async function deleteData(workspace: Workspace): Promise<void> {
  for (const path of [
    workspace.stateDir,
    workspace.s3Dir,
    workspace.functionsDir,
    workspace.assemblyDir,
    workspace.deployedFile,
    workspace.endpointsFile,
  ]) {
    await rm(path, { recursive: true, force: true });
  }
}
