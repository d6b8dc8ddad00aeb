import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalRunError } from './errors';
import { isRunning } from './processes';

/** Keeps two commands from starting or deploying the same configuration at the same time. */
export async function withLock<T>(dir: string, work: () => Promise<T>): Promise<T> {
  const file = join(dir, 'lock');
  await mkdir(dir, { recursive: true });
  await take(file);
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function take(file: string): Promise<void> {
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw error;
    }
    const holder = Number(await readFile(file, 'utf8').catch(() => ''));
    if (holder > 0 && holder !== process.pid && (await isRunning(holder))) {
      throw new LocalRunError(`Another command (process ${holder}) is starting or deploying this configuration.`, {
        hint: 'Wait for it to end, then try again.',
      });
    }
    // Its holder was killed.
    await rm(file, { force: true });
    await take(file);
  }
}
