import type { Piece } from '../shared/batch/objects';

/** What an object is put together from: bytes in memory, and parts of other objects. */
export type Source = Buffer | { readonly key: string; readonly bytes: number };

/** A part of the upload: one piece is copied where it lies, several are read and written again. */
export interface AssemblyPart {
  readonly sources: readonly (Buffer | Piece)[];
  readonly copied: boolean;
}

const MIB = 1024 * 1024;
/** The least that S3 takes as a part that is not the last one. */
export const LEAST_PART = 5 * MIB;
/** The most that S3 copies at once, and the most parts that it takes. */
const MOST_COPIED = 5 * 1024 * MIB;
const MOST_PARTS = 9_500;

/**
 * How one object becomes of many that lie behind each other. What is large is copied by S3 itself; what is small is gathered
 * until it is large enough, with the beginning of a large one where it must be.
 */
export function assemblyPlan(sources: readonly Source[]): AssemblyPart[] {
  const total = sources.reduce((sum, source) => sum + sizeOf(source), 0);
  const least = Math.max(LEAST_PART, Math.ceil(total / MOST_PARTS));
  const parts: AssemblyPart[] = [];
  let gathered: (Buffer | Piece)[] = [];
  let bytes = 0;
  const flush = () => {
    if (bytes > 0) parts.push({ sources: gathered, copied: false });
    gathered = [];
    bytes = 0;
  };
  const gather = (piece: Buffer | Piece, size: number) => {
    gathered.push(piece);
    bytes += size;
    if (bytes >= least) flush();
  };
  for (const source of sources) {
    const size = sizeOf(source);
    if (size === 0) continue;
    if (Buffer.isBuffer(source)) {
      gather(source, size);
      continue;
    }
    let start = 0;
    if (bytes > 0) {
      // As much of it as makes what is gathered a part; all of it where the rest would be too small to be copied.
      const wanted = least - bytes;
      const taken = size - wanted < least ? size : wanted;
      gather({ key: source.key, start: 0, end: taken }, taken);
      start = taken;
    }
    for (; start < size; ) {
      const left = size - start;
      if (left < least) {
        gather({ key: source.key, start, end: size }, left);
        break;
      }
      const end = left <= MOST_COPIED ? size : start + MOST_COPIED - least;
      parts.push({ sources: [{ key: source.key, start, end }], copied: true });
      start = end;
    }
  }
  flush();
  return parts;
}

function sizeOf(source: Source): number {
  return Buffer.isBuffer(source) ? source.length : source.bytes;
}
