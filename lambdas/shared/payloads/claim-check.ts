import { createHash } from 'node:crypto';
import { GRAPH_PREFIX, type PayloadReference } from '../contract';
import { ServingError } from '../errors';
import { asObject } from '../protocol/json-text';
import type { ObjectStore } from './object-store';

/** Leaves a body where others can read it, and answers the claim check for it. */
export async function checkIn(key: string, body: unknown, store: ObjectStore | undefined): Promise<PayloadReference> {
  const bytes = Buffer.from(JSON.stringify(body));
  const { key: kept } = await requireStore(store).put(key, bytes, 'application/json');
  return { key: kept, sha256: hashOf(bytes), bytes: bytes.byteLength };
}

/** The body that a claim check is for, if it is still the one that was left. */
export async function checkOut<Body>(reference: PayloadReference, store: ObjectStore | undefined): Promise<Body> {
  const { key, sha256 } = asObject(reference, 'requestRef', 'requestRef') as Partial<PayloadReference>;
  if (typeof key !== 'string' || !key.startsWith(GRAPH_PREFIX) || typeof sha256 !== 'string') {
    throw new ServingError('INVALID_REQUEST', 'requestRef names no object of a graph', { field: 'requestRef' });
  }
  const bytes = await requireStore(store).get({ key });
  if (hashOf(bytes) === sha256) return JSON.parse(bytes.toString('utf8'));
  throw new ServingError('BAD_GATEWAY', 'A payload is not the one that was stored.', { cause: `sha256 of ${key}` });
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function requireStore(store: ObjectStore | undefined): ObjectStore {
  if (store) return store;
  throw new ServingError('NOT_IMPLEMENTED', 'this predictor has no payload store', { field: 'requestRef' });
}
