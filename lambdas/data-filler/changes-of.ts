import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { REFRESH } from '../shared/contract';
import { idOfKey } from '../shared/data/bucket-store';
import { idOf, recordOf } from '../shared/data/table-store';
import type { Change } from './fill';
import type { Filler } from './service';

/** What EventBridge says of an object of a bucket. */
export interface ObjectEvent {
  readonly 'detail-type': string;
  readonly detail: { readonly object: { readonly key: string } };
}

export type FillEvent = DynamoDBStreamEvent | ObjectEvent | typeof REFRESH;

/** The changes that an event tells of, in pages, each as of now. */
export async function* changesOf(event: FillEvent, filler: Filler): AsyncIterable<readonly Change[]> {
  if ('Records' in event) yield newestOf(event.Records, filler);
  else if ('detail' in event) yield await ofObject(event, filler);
  else yield* everything(filler);
}

/** Of several changes of one id the last one counts. */
function newestOf(records: readonly DynamoDBRecord[], { env }: Filler): Change[] {
  const { store } = env.data;
  if (store.kind !== 'table') return [];
  const changes = new Map<string, Change>();
  for (const { dynamodb } of records) {
    const id = idOf((dynamodb?.Keys ?? {}) as Record<string, AttributeValue>, store.key);
    const item = dynamodb?.NewImage as Record<string, AttributeValue> | undefined;
    changes.set(id, [id, item && recordOf(item)]);
  }
  return [...changes.values()];
}

/** The object as it is now: events of one object may come in any order. */
async function ofObject({ detail }: ObjectEvent, { env, store }: Filler): Promise<Change[]> {
  const settings = env.data.store;
  const id = settings.kind === 'bucket' ? idOfKey(detail.object.key, settings) : undefined;
  if (id === undefined) return [];
  const records = await store.read([id], AbortSignal.timeout(env.data.storeTimeoutMs));
  return [[id, records.get(id)]];
}

async function* everything({ store }: Filler): AsyncIterable<readonly Change[]> {
  if (!store.pages) throw new Error('the store cannot tell which ids it has');
  // As long as the function may run; what is left then the next refresh begins anew.
  for await (const records of store.pages(AbortSignal.timeout(15 * 60_000))) yield [...records];
}
