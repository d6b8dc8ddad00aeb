import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { ReadableFile } from './objects';

/** Large enough that the way there and back does not count, small enough for the least memory. */
const PIECE_BYTES = 4 * 1024 * 1024;

/**
 * A file from `start` on, piece by piece, the next one on its way while one is worked on. Each piece is a request of its
 * own: a connection that waits for a slow model would be closed.
 */
export async function* filePieces(file: ReadableFile, start = 0, end = file.bytes): AsyncGenerator<Buffer> {
  const read = (at: number) => {
    const piece = at < end ? file.read(at, Math.min(at + PIECE_BYTES, end)) : undefined;
    // Who stops early never looks at it.
    piece?.catch(() => undefined);
    return piece;
  };
  let next = read(start);
  for (let at = start; next; at += PIECE_BYTES) {
    const piece = await next;
    next = read(at + PIECE_BYTES);
    yield piece;
  }
}

/** A gzip file, piece by piece. */
export async function* gunzipped(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  // What goes wrong comes out of the stream that is read.
  const fed = pipeline(Readable.from(pieces), gunzip).catch(() => undefined);
  yield* gunzip as AsyncIterable<Buffer>;
  await fed;
}
