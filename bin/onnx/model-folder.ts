import { existsSync } from 'node:fs';
import { mkdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Files by name. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** A folder that is filled beside the place it is for, and is there whole or not at all. */
export class StagedFolder {
  static async create(target: string): Promise<StagedFolder> {
    const parent = dirname(target);
    const created = await mkdir(parent, { recursive: true });
    const path = join(parent, `.${basename(target)}-${process.pid}`);
    // Of a run that was killed, if there is one. `mkdtemp` would make a folder that nobody else may read.
    await rm(path, { recursive: true, force: true });
    await mkdir(path);
    return new StagedFolder(target, path, created);
  }

  private readonly files = new Set<string>();
  private isNew = false;

  private constructor(
    private readonly target: string,
    readonly path: string,
    /** The first of the folders around it that had to be made. */
    private readonly made: string | undefined,
  ) {}

  async write(files: Files): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(this.path, name), content);
      this.files.add(name);
    }
  }

  /** Puts it in its place. What else is in a folder that is there already stays. */
  async commit(): Promise<void> {
    if (existsSync(this.target)) {
      for (const name of this.files) await rename(join(this.path, name), join(this.target, name));
      await rm(this.path, { recursive: true });
    } else {
      await rename(this.path, this.target);
      this.isNew = true;
    }
  }

  /** Takes back what can be taken back: a folder that was not there before is gone again. */
  async discard(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
    if (this.isNew) await rm(this.target, { recursive: true, force: true });
    if (this.made === undefined) return;
    // Only what is empty: somebody else may have begun to use it.
    for (let folder = dirname(this.target); folder.length >= this.made.length; folder = dirname(folder)) {
      await rmdir(folder).catch(() => {});
    }
  }
}

/** Writes a file so that whoever reads it sees all of it, or what was there before. */
export async function writeWhole(file: string, content: string): Promise<void> {
  const staged = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(staged, content);
    await rename(staged, file);
  } catch (error) {
    await rm(staged, { force: true });
    throw error;
  }
}
