import { quote, ServingError } from '../errors';

const LONGEST_ID = 512;

/**
 * An id becomes part of a key or of a path, where it is escaped. What escaping cannot make harmless is refused: `.` and
 * `..` are the folder itself and the one above also when they are written as `%2E`.
 */
export function checkId(id: string, field: string): string {
  const legal = id.length > 0 && Buffer.byteLength(id) <= LONGEST_ID && id !== '.' && id !== '..' && !CONTROL.test(id);
  if (legal) return id;
  const message = `an id has 1 to ${LONGEST_ID} bytes, no control characters and is not "." or ".."; got ${quote(id)}`;
  throw new ServingError('INVALID_VALUE', message, { field });
}

const CONTROL = /\p{Cc}/u;

/** An id within a path, as one segment of it. */
export function asSegment(id: string): string {
  return encodeURIComponent(id);
}
