import { ServingError } from '../errors';
import { checkPngRows, readPngChunks } from './png-chunks';

/** An image in memory: values 0..255, row by row, the channels of a pixel together. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Float32Array;
}

/** More than a phone's photograph. A decoder needs tens of bytes for each pixel. */
const MAX_PIXELS = 2 ** 24;
const MAX_SIDE = 2 ** 14;
/** A progressive JPEG has about ten scans, each a pass over all of its pixels that a few bytes can stand for. */
const MAX_SCANS = 100;

/** What the first bytes of a file say that it is; the decoder of JPEG says what is wrong with all others. */
export function mediaTypeOfImage(file: Uint8Array): string {
  return file[0] === PNG_BEGIN ? 'image/png' : 'image/jpeg';
}

const PNG_BEGIN = 0x89;

/** Decodes PNG or JPEG to grey (1 channel) or RGB (3). Transparency is over black; orientation tags are ignored. */
export async function decodePixels(bytes: Uint8Array, type: string, channels: number): Promise<Pixels> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = type === 'image/png' ? readPngChunks(buffer) : undefined;
  const { width, height } = chunks ?? jpegSize(buffer);
  // What the file declares is checked first: a few bytes can stand for gigabytes of pixels.
  if (width < 1 || height < 1 || width * height > MAX_PIXELS) {
    throw invalid(`an image may have up to ${MAX_PIXELS} pixels, this one is ${width} x ${height}`);
  }
  if (width > MAX_SIDE || height > MAX_SIDE) {
    throw invalid(`each side of an image may have up to ${MAX_SIDE} pixels, this one is ${width} x ${height}`);
  }
  if (chunks) await checkPngRows(chunks);
  else checkScans(buffer);
  let rgba: Uint8Array;
  try {
    rgba = chunks ? await readPng(buffer) : await readJpeg(buffer);
  } catch (error) {
    throw invalid(`the ${type} body cannot be decoded`, error);
  }
  if (rgba.length !== width * height * 4) throw invalid(`the ${type} body is incomplete`);
  return { width, height, channels, data: channels === 1 ? toGrey(rgba) : toRgb(rgba) };
}

function invalid(message: string, cause?: unknown): ServingError {
  return new ServingError('INVALID_IMAGE', message, { cause });
}

// Only the readers: the packages' main modules bring their encoders too, which would be a quarter of the function's code.

async function readPng(buffer: Buffer): Promise<Uint8Array> {
  // biome-ignore lint/style/noRestrictedImports: a folder of the package, not our constructs
  const { default: read } = await import('pngjs/lib/parser-sync');
  return read(buffer, {}).data;
}

async function readJpeg(buffer: Buffer): Promise<Uint8Array> {
  // biome-ignore lint/style/noRestrictedImports: a folder of the package, not our constructs
  const { default: decode } = await import('jpeg-js/lib/decoder');
  return decode(buffer, { useTArray: true, tolerantDecoding: false, maxMemoryUsageInMB: 1024 }).data;
}

/** Reads segment after segment up to the frame header, which holds the size. */
function jpegSize(buffer: Buffer) {
  if (buffer.length < 4 || buffer.readUInt16BE(0) !== 0xffd8) throw invalid('the body is not a JPEG image');
  for (let at = 2; at + 9 <= buffer.length; ) {
    const marker = buffer[at + 1] as number;
    if (buffer[at] !== 0xff) break;
    if (marker === 0xff) {
      at++;
      continue;
    }
    const frame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (frame) return { height: buffer.readUInt16BE(at + 5), width: buffer.readUInt16BE(at + 7) };
    at += 2 + buffer.readUInt16BE(at + 2);
  }
  throw invalid('the JPEG image has no frame header');
}

/** Counts the bytes that begin a scan. Compressed data never has them; other data may, by chance and not often. */
function checkScans(buffer: Buffer): void {
  let scans = 0;
  for (let at = buffer.indexOf(SCAN); at !== -1; at = buffer.indexOf(SCAN, at + 2)) scans++;
  if (scans > MAX_SCANS) throw invalid(`a JPEG image may have up to ${MAX_SCANS} scans, this one has ${scans}`);
}

const SCAN = Buffer.from([0xff, 0xda]);

function toGrey(rgba: Uint8Array): Float32Array {
  const grey = new Float32Array(rgba.length / 4);
  for (let i = 0, at = 0; i < grey.length; i++, at += 4) {
    const luma = 0.299 * (rgba[at] as number) + 0.587 * (rgba[at + 1] as number) + 0.114 * (rgba[at + 2] as number);
    grey[i] = (luma * (rgba[at + 3] as number)) / 255;
  }
  return grey;
}

function toRgb(rgba: Uint8Array): Float32Array {
  const rgb = new Float32Array((rgba.length / 4) * 3);
  for (let at = 0, to = 0; at < rgba.length; at += 4) {
    const alpha = (rgba[at + 3] as number) / 255;
    for (let channel = 0; channel < 3; channel++) rgb[to++] = (rgba[at + channel] as number) * alpha;
  }
  return rgb;
}
