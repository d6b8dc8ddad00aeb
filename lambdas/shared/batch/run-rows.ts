import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { RUN_TABLE } from '../contract';
import { ServingError } from '../errors';
import { expressionsOf, type RowChange } from '../jobs/row-update';

/** Place of a row: the run, and what of it. */
export interface RowKey {
  readonly run: string;
  readonly item: string;
}

type Item = Record<string, AttributeValue>;

const OPTIONS = { removeUndefinedValues: true };
/** Mini-jobs that end at the same moment count in the same row, one after the other. */
const CONFLICTS = 12;

/** The table of runs as DynamoDB has it. One that does not answer is an error within seconds, not a function that hangs. */
export class RunRows {
  readonly #client: DynamoDBClient;

  constructor(
    private readonly table: string,
    clientOptions: Readonly<Record<string, unknown>>,
  ) {
    const requestHandler = { connectionTimeout: 1000, requestTimeout: 3000, throwOnRequestTimeout: true };
    this.#client = new DynamoDBClient({ maxAttempts: 4, requestHandler, ...clientOptions });
  }

  async get<Row>(key: RowKey): Promise<Row | undefined> {
    const command = new GetItemCommand({ TableName: this.table, Key: keyOf(key), ConsistentRead: true });
    const { Item } = await this.#client.send(command).catch(down);
    return Item && (unmarshall(Item) as Row);
  }

  /** Undefined where there is one already; then nothing is changed. */
  async add<Row extends object>(row: Row): Promise<Row | undefined> {
    const command = new PutItemCommand({
      TableName: this.table,
      Item: marshall(row, OPTIONS),
      ConditionExpression: 'attribute_not_exists(#key)',
      ExpressionAttributeNames: { '#key': RUN_TABLE.key },
    });
    return refusable(this.#client.send(command).then(() => row));
  }

  /** The row as it is then; undefined where the condition does not hold. */
  async update<Row>(key: RowKey, change: RowChange): Promise<Row | undefined> {
    const sent = this.#client.send(new UpdateItemCommand({ ...this.#update(key, change), ReturnValues: 'ALL_NEW' }));
    return refusable(sent.then(({ Attributes }) => unmarshall(Attributes as Item) as Row));
  }

  /**
   * Both changes or none; false where a condition does not hold.
   */
  async updateBoth(changes: readonly (readonly [RowKey, RowChange])[]): Promise<boolean> {
    const TransactItems = changes.map(([key, change]) => ({ Update: this.#update(key, change) }));
    for (let attempt = 1; ; attempt++) {
      try {
        // The client gives each command a token of its own, so that one whose answer was lost is not made twice. Tokens are
        // those of the whole account: one made of names would be another table's too.
        await this.#client.send(new TransactWriteItemsCommand({ TransactItems }));
        return true;
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) return down(error);
        const reasons = (error.CancellationReasons ?? []).map(({ Code }) => Code);
        if (reasons.includes('ConditionalCheckFailed')) return false;
        if (attempt === CONFLICTS) return down(error);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(2000, 25 * 2 ** attempt)));
      }
    }
  }

  /** Rows of a run whose `item` begins with this. */
  async of<Row>(run: string, item: string): Promise<Row[]> {
    const rows: Row[] = [];
    const pages = paginateQuery(
      { client: this.#client },
      {
        TableName: this.table,
        KeyConditionExpression: '#key = :run AND begins_with(#item, :item)',
        ExpressionAttributeNames: { '#key': RUN_TABLE.key, '#item': RUN_TABLE.sortKey },
        ExpressionAttributeValues: marshall({ ':run': run, ':item': item }),
        ConsistentRead: true,
      },
    );
    try {
      for await (const { Items = [] } of pages) rows.push(...Items.map((found) => unmarshall(found) as Row));
    } catch (error) {
      return down(error);
    }
    return rows;
  }

  #update(key: RowKey, change: RowChange) {
    const { condition, names, update, values } = expressionsOf(change);
    return {
      TableName: this.table,
      Key: keyOf(key),
      UpdateExpression: update,
      ConditionExpression: condition,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: marshall(values, OPTIONS),
    };
  }
}

async function refusable<Answer>(sent: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await sent;
  } catch (error) {
    return error instanceof ConditionalCheckFailedException ? undefined : down(error);
  }
}

function keyOf({ item, run }: RowKey): Item {
  return { [RUN_TABLE.key]: { S: run }, [RUN_TABLE.sortKey]: { S: item } };
}

/** The client has tried again already. */
function down(cause: unknown): never {
  const reason = cause instanceof Error ? cause.name : 'unknown';
  throw new ServingError('UNAVAILABLE', `The table of runs does not answer: ${reason}.`, { retryAfterMs: 1000, cause });
}
