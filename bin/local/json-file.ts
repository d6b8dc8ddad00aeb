import { readFile, rename, writeFile } from 'node:fs/promises';

/** What a JSON file holds; nothing when it is missing, cut short by a crash, or not what it should be. */
export async function readJson<T>(file: string, isComplete: (value: T) => boolean): Promise<T | undefined> {
  try {
    const value: T = JSON.parse(await readFile(file, 'utf8'));
    return isComplete(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Writes a JSON file so that a reader finds the old one or the new one, whole. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, `${JSON.stringify(value, null, 2)}\n`);
  await rename(temporary, file);
}
