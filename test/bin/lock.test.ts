import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withLock } from '../../bin/local/lock';

const folder = () => mkdtemp(join(tmpdir(), 'lock-'));

test('a second command is refused while the first works, and let in afterwards', async () => {
  const dir = await folder();
  const other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
  await writeFile(join(dir, 'lock'), String(other.pid));
  await expect(withLock(dir, async () => 1)).rejects.toThrow(`process ${other.pid}`);
  other.kill('SIGKILL');
  await once(other, 'exit');
  expect(await withLock(dir, async () => 2)).toBe(2);
});

test('a failure gives the lock back', async () => {
  const dir = await folder();
  await expect(withLock(dir, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await withLock(dir, async () => 3)).toBe(3);
});
