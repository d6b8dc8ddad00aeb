import { type AttributeValue, BatchGetItemCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { StoreSettings } from '../contract';
import type { DataRecord, DataStore } from './record';

type Settings = Extract<StoreSettings, { kind: 'table' }>;

/** DynamoDB takes so many keys at once. */
const BATCH = 100;
/** Before keys that it left out are asked for again, for the first time. */
const FIRST_PAUSE_MS = 20;

/** Records are the items of a table. */
export function tableStore(
  { key, numeric, table }: Settings,
  clientOptions: Readonly<Record<string, unknown>>,
): DataStore {
  const client = new DynamoDBClient({ maxAttempts: 2, requestHandler: { connectionTimeout: 1000 }, ...clientOptions });
  const keyOf = (id: string) => ({ [key]: numeric ? { N: id } : marshall(id) }) as Record<string, AttributeValue>;

  const readBatch = async (ids: readonly string[], abortSignal: AbortSignal) => {
    const records: [string, DataRecord][] = [];
    let wanted = ids.map(keyOf);
    for (let pause = FIRST_PAUSE_MS; wanted.length > 0; pause *= 2) {
      // Read as it is now: what is cached from here may live longer than what a stream brings.
      const RequestItems = { [table]: { Keys: wanted, ConsistentRead: true } };
      const { Responses, UnprocessedKeys } = await client.send(new BatchGetItemCommand({ RequestItems }), {
        abortSignal,
      });
      for (const item of Responses?.[table] ?? []) records.push([idOf(item, key), recordOf(item)]);
      wanted = (UnprocessedKeys?.[table]?.Keys ?? []) as typeof wanted;
      if (wanted.length > 0) await new Promise((resolve) => setTimeout(resolve, pause));
      abortSignal.throwIfAborted();
    }
    return records;
  };

  return {
    async read(ids, signal) {
      const chunks = Array.from({ length: Math.ceil(ids.length / BATCH) }, (_, i) =>
        ids.slice(i * BATCH, (i + 1) * BATCH),
      );
      return new Map((await Promise.all(chunks.map((chunk) => readBatch(chunk, signal)))).flat());
    },
    async *pages(signal) {
      let start: Record<string, AttributeValue> | undefined;
      do {
        const command = new ScanCommand({ TableName: table, ExclusiveStartKey: start, ConsistentRead: true });
        const { Items = [], LastEvaluatedKey } = await client.send(command, { abortSignal: signal });
        yield new Map(Items.map((item) => [idOf(item, key), recordOf(item)]));
        start = LastEvaluatedKey;
      } while (start);
    },
  };
}

/** An item as a record. An integer that a number cannot hold is text, which is how INT64 inputs take it. */
export function recordOf(item: Record<string, AttributeValue>): DataRecord {
  const isExact = (text: string) => Number.isSafeInteger(Number(text)) || /[.eE]/.test(text);
  return unmarshall(item, { wrapNumbers: (text) => (isExact(text) ? Number(text) : text) });
}

/** The id of an item, as text. */
export function idOf(item: Record<string, AttributeValue>, key: string): string {
  const value = item[key];
  return value?.S ?? value?.N ?? '';
}
