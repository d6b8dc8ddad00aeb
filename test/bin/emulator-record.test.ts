import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { emulatorProcess, findEmulator, forgetRun, readRecord, recover } from '../../bin/local/emulator-record';
import { type Workspace, workspaceOf } from '../../bin/local/workspace';

async function workspace(): Promise<Workspace> {
  const made = workspaceOf(join(await mkdtemp(join(tmpdir(), 'record-')), 'serving.yaml'));
  await mkdir(made.dir, { recursive: true });
  return made;
}

test('the emulator is known by its command line, which names the workspace', () => {
  const mine = workspaceOf('/home/me/a/serving.yaml');
  const processes = [
    { pid: 1, command: '/x/venv/bin/python /pkg/build/bin/local/gaps.py /home/me/a/.local/other' },
    { pid: 2, command: 'vim /pkg/bin/local/gaps.py' },
    { pid: 3, command: '/x/venv/bin/python /pkg/build/bin/local/gaps.py /home/me/a/.local' },
  ];
  expect(emulatorProcess(mine, processes)?.pid).toBe(3);
});

test('a recorded pid that another process has by now is not the emulator', async () => {
  const own = await workspace();
  await writeFile(own.emulatorFile, JSON.stringify({ pid: process.pid, port: 4570 }));
  expect(await findEmulator(own)).toBeUndefined();
});

test('the port is remembered after a stop, a broken record is none', async () => {
  const own = await workspace();
  await forgetRun(own, 4570);
  expect(await readRecord(own)).toEqual({ port: 4570, pid: undefined, startedAt: undefined });
  await writeFile(own.emulatorFile, '{"pid": 1');
  expect(await readRecord(own)).toBeUndefined();
});

test('state of a clean shutdown is kept, functions are not', async () => {
  const own = await workspace();
  await mkdir(own.stateDir);
  await mkdir(own.functionsDir);
  await writeFile(join(own.stateDir, 'clean-shutdown'), '');
  expect(await recover(own)).toBeUndefined();
  expect([existsSync(own.stateDir), existsSync(own.functionsDir)]).toEqual([true, false]);
});

test('state of an emulator that was killed is thrown away, with what was written of its deployment', async () => {
  const own = await workspace();
  await mkdir(own.s3Dir);
  await writeFile(own.deployedFile, '{}');
  expect(await recover(own)).toBe('The emulator was killed: its state is deleted');
  expect([existsSync(own.s3Dir), existsSync(own.deployedFile)]).toEqual([false, false]);
});

test('nothing is recovered before the first start', async () => {
  expect(await recover(await workspace())).toBeUndefined();
});
