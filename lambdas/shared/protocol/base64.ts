/** How many bytes a base64 text is, by its length. */
export function base64Size(text: string): number {
  return Math.max(0, Math.floor((text.length * 3) / 4) - paddingOf(text));
}

/**
 * The bytes of a base64 text, behind `start` bytes of nothing. They have memory of their own, whose first byte is aligned
 * for every datatype, and of the right size: Node's own way is slower by a quarter.
 */
export function decodeBase64(text: string, start = 0): Buffer {
  const memory = Buffer.allocUnsafeSlow(start + base64Size(text));
  return memory.subarray(start, start + memory.write(text, start, 'base64'));
}

/**
 * Whether a text that was decoded to so many bytes is base64. Node skips what is none, which leaves fewer bytes than the
 * text's length promises, but for the two characters of its other alphabet, and those of two bytes, of which it reads one.
 * A regular expression for all of it takes ten times as long as the decoding.
 */
export function isBase64(text: string, decodedBytes: number): boolean {
  const isWhole = decodedBytes === (text.length / 4) * 3 - paddingOf(text);
  return isWhole && !text.includes('-') && !text.includes('_') && !WIDE.test(text);
}

/** Takes no time where a text has none, because such a text is stored in another way. */
const WIDE = /[\u0100-\uffff]/;

function paddingOf(text: string): number {
  return text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
}
