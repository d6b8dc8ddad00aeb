import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { endProcess, isRunning, listProcesses, parsePs, processesOf } from '../../bin/local/processes';

function child(code: string): number {
  const { pid } = spawn(process.execPath, ['-e', code], { stdio: 'ignore' });
  return pid as number;
}

test('the own process is listed and runs', async () => {
  expect((await listProcesses()).map(({ pid }) => pid)).toContain(process.pid);
  expect(await isRunning(process.pid)).toBe(true);
});

test('a process that exited does not run', async () => {
  const process_ = spawn(process.execPath, ['-e', '']);
  await once(process_, 'exit');
  expect(await isRunning(process_.pid as number)).toBe(false);
});

test('a process ends when asked, or is killed when it does not listen', async () => {
  expect(await endProcess(child('setTimeout(() => {}, 60000)'), 5_000)).toBe(true);
  const deaf = spawn(
    process.execPath,
    ['-e', 'process.on("SIGTERM", () => {}); console.log(1); setTimeout(() => {}, 60000)'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  await once(deaf.stdout, 'data');
  expect(await endProcess(deaf.pid as number, 300)).toBe(false);
  expect(await isRunning(deaf.pid as number)).toBe(false);
});

test('what ps prints, without zombies', () => {
  expect(parsePs('    1 /sbin/init\n  412 node  /a b/_worker.js\n  413 (node) <defunct>\n')).toEqual([
    { pid: 1, command: '/sbin/init' },
    { pid: 412, command: 'node  /a b/_worker.js' },
  ]);
});

test('processes of a folder: by command line or working directory, never the own one or of a similar folder', () => {
  const processes = [
    { pid: 1, command: 'node /w/.local/functions/x/_worker.js' },
    { pid: 2, command: 'bootstrap', cwd: '/w/.local/functions/y/code' },
    { pid: 3, command: 'node /w/.local/functions-old/_worker.js' },
    { pid: 4, command: 'tail /w/.local/functions/log' },
    { pid: 5, command: 'bash', cwd: '/w/.local' },
  ];
  expect(processesOf('/w/.local/functions', processes, 4).map(({ pid }) => pid)).toEqual([1, 2]);
});
