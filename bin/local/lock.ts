import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
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
    if ((await holderOf(file)) === process.pid) {
      await rm(file, { force: true });
    }
  }
}

async function take(file: string): Promise<void> {
  // Linked when it is whole: nobody ever reads a lock without a holder.
  const own = `${file}.${randomUUID()}`;
  await writeFile(own, String(process.pid));
  try {
    while (!(await linked(own, file))) {
      const holder = await holderOf(file);
      if (holder > 0 && holder !== process.pid && (await isRunning(holder))) {
        throw new LocalRunError(`Another command (process ${holder}) is starting or deploying this configuration.`, {
          hint: 'Wait for it to end, then try again.',
        });
      }
      await removeStale(file, holder);
    }
  } finally {
    await rm(own, { force: true });
  }
}

async function linked(own: string, file: string): Promise<boolean> {
  try {
    await link(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

/** Takes a killed command's lock away, by renaming: of several who try, one has it. */
async function removeStale(file: string, holder: number): Promise<void> {
  const stale = `${file}.${randomUUID()}`;
  try {
    await rename(file, stale);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return;
    }
    throw error;
  }
  if ((await holderOf(stale)) !== holder) {
    // Somebody took it in the meantime: it is theirs.
    await linked(stale, file);
  }
  await rm(stale, { force: true });
}

/** Process id in a lock; 0 when there is none. */
async function holderOf(file: string): Promise<number> {
  return Number(await readFile(file, 'utf8').catch(() => '')) || 0;
}
