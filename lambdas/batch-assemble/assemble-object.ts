import type { Objects, Piece } from '../shared/batch/objects';
import { assemblyPlan, type Source } from './assembly-plan';

/** Puts an object together from others. Answers how many bytes it has. */
export async function assembleObject(key: string, sources: readonly Source[], objects: Objects): Promise<number> {
  const parts = assemblyPlan(sources);
  const bytes = sources.reduce((sum, source) => sum + (Buffer.isBuffer(source) ? source.length : source.bytes), 0);
  const [only] = parts;
  if (!only) return 0;
  if (parts.length === 1 && !only.copied) {
    await objects.put(key, await readAll(only.sources, objects));
    return bytes;
  }
  const upload = await objects.beginUpload(key);
  try {
    for (const { copied, sources: pieces } of parts) {
      if (copied) await upload.copy(pieces[0] as Piece);
      else await upload.add(await readAll(pieces, objects));
    }
    await upload.complete();
  } catch (error) {
    await upload.abort().catch(() => undefined);
    throw error;
  }
  return bytes;
}

/** Pieces that are small, some at a time. */
const AT_ONCE = 16;

async function readAll(sources: readonly (Buffer | Piece)[], objects: Objects): Promise<Buffer> {
  const contents: Buffer[] = [];
  for (let start = 0; start < sources.length; start += AT_ONCE) {
    contents.push(...(await Promise.all(sources.slice(start, start + AT_ONCE).map((source) => read(source, objects)))));
  }
  return Buffer.concat(contents);
}

async function read(source: Buffer | Piece, objects: Objects): Promise<Buffer> {
  if (Buffer.isBuffer(source)) return source;
  const { end, key, start } = source;
  return objects.open({ key, bytes: end }).read(start, end);
}
