import { createHash, randomUUID } from 'node:crypto';
import { quote, ServingError } from '../errors';

const ID = /^[0-9a-f]{32}$/;

/** Random; with an idempotency key always the same one for the same caller of the same service. */
export function newJobId(service: string, owner: string, idempotencyKey?: string): string {
  if (idempotencyKey === undefined) return randomUUID().replaceAll('-', '');
  return digest(`${service}\0${owner}\0${idempotencyKey}`).slice(0, 32);
}

/** Whether a client's text can be the id of a job; anything else is never looked up. */
export function isJobId(text: string | undefined): text is string {
  return text !== undefined && ID.test(text);
}

/** Who may see a job, without saying in the table who that is. */
export function ownerOf(principal: string): string {
  return digest(principal).slice(0, 32);
}

export function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Printable characters, so that keys look the same in logs of clients and here. */
const KEY = /^[\x21-\x7e][\x20-\x7e]{0,254}$/;

export function checkIdempotencyKey(key: string | undefined): string | undefined {
  if (key === undefined || KEY.test(key)) return key;
  const message = `Idempotency-Key must be 1 to 255 printable ASCII characters, got ${quote(key)}`;
  throw new ServingError('INVALID_REQUEST', message, { field: 'idempotency-key' });
}
