import { ServingError } from '../errors';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Values of a pixel and the depths they may have, by colour type: grey, RGB, palette, grey and alpha, RGB and alpha. */
const COLOURS = new Map([
  [0, { channels: 1, depths: [1, 2, 4, 8, 16] }],
  [2, { channels: 3, depths: [8, 16] }],
  [3, { channels: 1, depths: [1, 2, 4, 8] }],
  [4, { channels: 2, depths: [8, 16] }],
  [6, { channels: 4, depths: [8, 16] }],
]);

export interface PngChunks {
  readonly width: number;
  readonly height: number;
  /** Bytes of all rows, each behind the byte that names its filter. */
  readonly size: number;
  /** What the rows are compressed to. */
  readonly data: readonly Buffer[];
}

/** Reads the structure of a PNG file. Its header is the first chunk and the only one of its kind: a decoder may use the last. */
export function readPngChunks(file: Buffer): PngChunks {
  if (!file.subarray(0, 8).equals(SIGNATURE)) throw invalid('the body is not a PNG image');
  let header: Omit<PngChunks, 'data'> | undefined;
  const data: Buffer[] = [];
  for (let at = 8; at + 12 <= file.length; ) {
    const type = file.toString('latin1', at + 4, at + 8);
    const content = file.subarray(at + 8, at + 8 + file.readUInt32BE(at));
    at += 12 + file.readUInt32BE(at);
    if (at > file.length) break;
    if ((type === 'IHDR') === (header !== undefined)) throw invalid('a PNG image begins with its only header');
    header ??= readHeader(content);
    if (type === 'IDAT') data.push(content);
    if (type === 'IEND') return { ...header, data };
  }
  throw invalid('the image/png body is incomplete');
}

function readHeader(header: Buffer): Omit<PngChunks, 'data'> {
  if (header.length !== 13) throw invalid('the header of the PNG image does not have 13 bytes');
  const [depth = 0, colour = 0, , , interlace] = header.subarray(8);
  const { channels, depths } = COLOURS.get(colour) ?? { channels: 0, depths: [] };
  if (!depths.includes(depth)) throw invalid(`PNG images have no colour type ${colour} with ${depth} bits`);
  // The decoder inflates interlaced data without a limit.
  if (interlace !== 0) throw invalid('interlaced PNG images are not supported');
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  return { width, height, size: (Math.ceil((width * depth * channels) / 8) + 1) * height };
}

/**
 * Throws where the rows are not all there, or more: the decoder fills what is missing with whatever memory held before,
 * which may be another request's.
 */
export async function checkPngRows({ data, size }: PngChunks): Promise<void> {
  const { inflateSync } = await import('node:zlib');
  let length: number;
  try {
    length = inflateSync(Buffer.concat(data), { maxOutputLength: size + 1 }).length;
  } catch (error) {
    const long = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw invalid(`the image/png body is ${long ? 'too long' : 'incomplete'}`, error);
  }
  if (length !== size) throw invalid(`the image/png body is ${length > size ? 'too long' : 'incomplete'}`);
}

function invalid(message: string, cause?: unknown): ServingError {
  return new ServingError('INVALID_IMAGE', message, { cause });
}
