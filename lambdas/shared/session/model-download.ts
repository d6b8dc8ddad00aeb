import { createHash } from 'node:crypto';
import { type FileHandle, mkdtemp, open, readdir, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { MODEL_FILE } from '../contract';
import { type ModelFile, verifyHash } from './model-file';
import { FIRST_RANGE_BYTES, readRanges } from './object-ranges';
import type { ReadObject } from './s3';

export interface ModelObject {
  readonly bucket: string;
  readonly key: string;
  readonly sha256?: string;
}

/**
 * Brings a model's bytes here and verifies their hash: into memory when it came by one request, else to a file in a
 * folder of its own. The session's creation reads them, then they are released.
 */
export async function downloadModel(object: ModelObject, read: ReadObject): Promise<ModelFile> {
  const { bucket, key } = object;
  const hash = createHash('sha256');
  let whole: Buffer | undefined;
  let folder: string | undefined;
  let file: FileHandle | undefined;
  const release = async () => {
    await file?.close();
    file = undefined;
    if (folder) await rm(folder, { recursive: true, force: true });
  };
  try {
    await readRanges({
      bucket,
      key,
      read,
      async begin(totalBytes) {
        if (totalBytes <= FIRST_RANGE_BYTES) return;
        await removeLeftovers();
        await checkSpace(totalBytes, key);
        folder = await mkdtemp(join(tmpdir(), `model-${process.pid}-`));
        ours.add(basename(folder));
        file = await open(join(folder, MODEL_FILE), 'w');
      },
      async write(content, offset) {
        hash.update(content);
        if (file) await file.write(content, 0, content.length, offset);
        else whole = content;
      },
    });
    const sha256 = verifyHash(hash.digest('hex'), object.sha256, key);
    await file?.close();
    file = undefined;
    return { model: folder ? join(folder, MODEL_FILE) : (whole ?? Buffer.alloc(0)), sha256, release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Folders of this process. */
const ours = new Set<string>();

/**
 * A function that is ended while it loads leaves its file behind, and AWS Lambda starts it again over the same /tmp.
 * Folders carry the process they belong to: where functions share a folder (an emulator), those that run keep theirs.
 */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(/^model-(\d+)-/.exec(name)?.[1]);
    const used = pid === process.pid ? ours.has(name) : isRunning(pid);
    if (pid && !used) await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function checkSpace(bytes: number, key: string): Promise<void> {
  const { bavail, bsize } = await statfs(tmpdir());
  const free = bavail * bsize;
  if (free >= bytes) return;
  const [needed, there] = [bytes, free].map((size) => Math.ceil(size / 1024 / 1024));
  throw new Error(`${key} has ${needed} MiB and ${tmpdir()} has ${there} MiB left: raise ephemeralStorage`);
}
