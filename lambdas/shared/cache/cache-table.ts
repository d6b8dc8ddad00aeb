import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { CACHE_TABLE, CACHE_VERSION } from '../contract';

/** An entry as the table holds it. */
export interface CacheRow {
  readonly v: number;
  /** When the work began that made it; epoch milliseconds, as all times here. */
  readonly askedAt: number;
  readonly storedAt: number;
  readonly freshUntil: number;
  /** Until then it may be answered with while it is refreshed. */
  readonly staleUntil: number;
  readonly body?: Uint8Array;
  /** Where the body is when it is too large for a row. */
  readonly object?: string;
  /** There is nothing, on purpose: the entry was invalidated, and what was begun before must not come back. */
  readonly invalidated?: true;
}

/** When everything was last invalidated, and when each model was: entries that were begun before are none. */
export type Invalidations = Readonly<Record<string, number>>;

export interface RowsRead {
  readonly rows: ReadonlyMap<string, CacheRow>;
  readonly invalidations: Invalidations;
  /** Until when somebody has it, by the name of the lease. */
  readonly leases: ReadonlyMap<string, number>;
}

/** DynamoDB takes so many keys at once. */
export const BATCH = 100;

/** What a store of entries needs of a table. */
export type Rows = Pick<CacheTable, 'read' | 'put' | 'lease' | 'release'>;

/** The table of a cache. It tries once and not for long: who asks has another way to its answer. */
export class CacheTable {
  readonly #client: DynamoDBClient;

  constructor(
    private readonly table: string,
    private readonly timeoutMs: number,
    clientOptions: Readonly<Record<string, unknown>>,
  ) {
    const requestHandler = { connectionTimeout: timeoutMs, requestTimeout: timeoutMs, throwOnRequestTimeout: true };
    this.#client = new DynamoDBClient({ maxAttempts: 1, requestHandler, ...clientOptions });
  }

  /** Entries by their keys, leases by their names, and the row of invalidations, 100 in all. What has no row is left out. */
  async read(keys: readonly string[], names: readonly string[] = []): Promise<RowsRead> {
    const abortSignal = AbortSignal.timeout(this.timeoutMs);
    const rows = new Map<string, CacheRow>();
    let invalidations: Invalidations = {};
    const leases = new Map<string, number>();
    let wanted = [...keys.map(CACHE_TABLE.entry), ...names, CACHE_TABLE.invalidations].map((key) => marshall({ key }));
    while (wanted.length > 0) {
      const RequestItems = { [this.table]: { Keys: wanted, ConsistentRead: true } };
      const { Responses, UnprocessedKeys } = await this.#client.send(new BatchGetItemCommand({ RequestItems }), {
        abortSignal,
      });
      for (const item of Responses?.[this.table] ?? []) {
        const { key, ttl: _, ...row } = unmarshall(item);
        if (key === CACHE_TABLE.invalidations) invalidations = row as Invalidations;
        else if (names.includes(key)) leases.set(key, row.until);
        else if (row.v === CACHE_VERSION) rows.set(key.slice(CACHE_TABLE.entry('').length), row as CacheRow);
      }
      wanted = (UnprocessedKeys?.[this.table]?.Keys ?? []) as typeof wanted;
    }
    return { rows, invalidations, leases };
  }

  /** Stores an entry unless there is one whose work began later. Answers whether it did. */
  put(key: string, row: CacheRow): Promise<boolean> {
    const ttl = Math.ceil(row.staleUntil / 1000);
    return this.#unlessRefused(
      new PutItemCommand({
        TableName: this.table,
        Item: marshall({ key: CACHE_TABLE.entry(key), ...row, ttl }, { removeUndefinedValues: true }),
        ConditionExpression: 'attribute_not_exists(#key) OR askedAt < :askedAt',
        ExpressionAttributeNames: { '#key': CACHE_TABLE.key },
        ExpressionAttributeValues: marshall({ ':askedAt': row.askedAt }),
      }),
    );
  }

  /** Takes a lease that nobody has, or whose time is over. Answers whether it did. */
  lease(lease: string, holder: string, now: number, until: number): Promise<boolean> {
    return this.#unlessRefused(
      new PutItemCommand({
        TableName: this.table,
        Item: marshall({ key: lease, v: CACHE_VERSION, holder, until, ttl: Math.ceil(until / 1000) }),
        ConditionExpression: 'attribute_not_exists(#key) OR #until < :now',
        ExpressionAttributeNames: { '#key': CACHE_TABLE.key, '#until': 'until' },
        ExpressionAttributeValues: marshall({ ':now': now }),
      }),
    );
  }

  release(lease: string, holder: string): Promise<boolean> {
    return this.#unlessRefused(
      new DeleteItemCommand({
        TableName: this.table,
        Key: marshall({ key: lease }),
        ConditionExpression: 'holder = :holder',
        ExpressionAttributeValues: marshall({ ':holder': holder }),
      }),
    );
  }

  /** Makes all entries invalid that were begun until then, or those of a model. Answers whether they were not already. */
  invalidate(of: string, at: number): Promise<boolean> {
    return this.#unlessRefused(
      new UpdateItemCommand({
        TableName: this.table,
        Key: marshall({ key: CACHE_TABLE.invalidations }),
        UpdateExpression: 'SET #of = :at',
        ConditionExpression: 'attribute_not_exists(#of) OR #of < :at',
        ExpressionAttributeNames: { '#of': of },
        ExpressionAttributeValues: marshall({ ':at': at }),
      }),
    );
  }

  async #unlessRefused(command: PutItemCommand | DeleteItemCommand | UpdateItemCommand): Promise<boolean> {
    try {
      await this.#client.send(command as PutItemCommand, { abortSignal: AbortSignal.timeout(this.timeoutMs) });
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}
