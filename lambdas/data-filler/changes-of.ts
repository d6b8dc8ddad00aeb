import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import type { REFRESH } from '../shared/contract';
import { idOfKey } from '../shared/data/bucket-store';
import { idOf } from '../shared/data/table-store';
import type { Change } from './fill';
import type { Filler } from './service';

/** What EventBridge says of an object of a bucket. */
export interface ObjectEvent {
  readonly 'detail-type': string;
  readonly detail: { readonly object: { readonly key: string } };
}

export type FillEvent = DynamoDBStreamEvent | ObjectEvent | typeof REFRESH;

/**
 * What is now true of the ids that an event names. What an event says of them may be old: events of an object come in any
 * order, and a stream is read late or again.
 */
export async function changesOf(event: Exclude<FillEvent, typeof REFRESH>, filler: Filler): Promise<Change[]> {
  const { env, store } = filler;
  const ids = 'Records' in event ? idsOfStream(event, filler) : idOfObject(event, filler);
  if (ids.length === 0) return [];
  const records = await store.read(ids, AbortSignal.timeout(env.data.storeTimeoutMs));
  return ids.map((id) => [id, records.get(id)]);
}

function idsOfStream({ Records }: DynamoDBStreamEvent, { env }: Filler): string[] {
  const { store } = env.data;
  if (store.kind !== 'table') return [];
  const keys = Records.map(({ dynamodb }) => (dynamodb?.Keys ?? {}) as Record<string, AttributeValue>);
  return [...new Set(keys.map((key) => idOf(key, store.key)))];
}

function idOfObject({ detail }: ObjectEvent, { env }: Filler): string[] {
  const { store } = env.data;
  const id = store.kind === 'bucket' ? idOfKey(detail.object.key, store) : undefined;
  return id === undefined ? [] : [id];
}
