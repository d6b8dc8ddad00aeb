import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
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

test('while it is held the lock names its holder; afterwards nothing is left', async () => {
  const dir = await folder();
  const held = await withLock(dir, async () => [await readdir(dir), await readFile(join(dir, 'lock'), 'utf8')]);
  expect(held).toEqual([['lock'], String(process.pid)]);
  expect(await readdir(dir)).toEqual([]);
});

test("a lock that is another's by now stays", async () => {
  const dir = await folder();
  await withLock(dir, () => writeFile(join(dir, 'lock'), '1'));
  expect(await readFile(join(dir, 'lock'), 'utf8')).toBe('1');
});

test.each(['', '4194999'])('a lock of nobody who runs (%j) is replaced', async (text) => {
  const dir = await folder();
  await writeFile(join(dir, 'lock'), text);
  expect(await withLock(dir, async () => 4)).toBe(4);
  expect(await readdir(dir)).toEqual([]);
});
