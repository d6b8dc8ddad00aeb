import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ServingError } from '../errors';
import type { ReadableFile } from './objects';

/** Large enough that the way there and back does not count, small enough for the least memory. */
const REQUEST_BYTES = 1024 * 1024;
/** What becomes records at once. Each is an object, and those that live long are the memory of the whole. */
const PIECE_BYTES = 64 * 1024;

/**
 * A file from `start` on, piece by piece, the next ones on their way while one is worked on. They come in requests of their own:
 * a connection that waits for a slow model would be closed.
 */
export async function* filePieces(file: ReadableFile, start = 0, end = file.bytes): AsyncGenerator<Buffer> {
  const read = (at: number) => {
    const answer = at < end ? file.read(at, Math.min(at + REQUEST_BYTES, end)) : undefined;
    // Who stops early never looks at it.
    answer?.catch(() => undefined);
    return answer;
  };
  let next = read(start);
  for (let at = start; next; at += REQUEST_BYTES) {
    const content = await next;
    next = read(at + REQUEST_BYTES);
    for (let from = 0; from < content.length; from += PIECE_BYTES) yield content.subarray(from, from + PIECE_BYTES);
  }
}

/**
 * A gzip file, piece by piece.
 *
 * @throws ServingError where it is none, or breaks off
 */
export async function* gunzipped(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  // What goes wrong comes out of the stream that is read.
  const fed = pipeline(Readable.from(pieces), gunzip).catch(() => undefined);
  try {
    yield* gunzip as AsyncIterable<Buffer>;
  } catch (cause) {
    const code = `${(cause as { readonly code?: string }).code}`;
    if (!code.startsWith('Z_')) throw cause;
    throw new ServingError('INVALID_REQUEST', `the file ends in .gz, and is no whole gzip file (${code})`, { cause });
  }
  await fed;
}
