import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { JOB_TABLE } from '../contract';
import { ServingError } from '../errors';
import type { Job } from './job';
import { expressionsOf, type RowChange } from './row-update';

/** A change that the table refused, with the row as it is; no row: there is none. */
export class Refused {
  constructor(readonly row: Job | undefined) {}
}

/** One page of an index, newest or earliest first. */
export interface PageRequest {
  readonly index: { readonly name: string; readonly key: string; readonly sortKey: string };
  readonly value: string;
  /** Only what sorts before this. */
  readonly before: number;
  readonly newestFirst?: boolean;
  readonly limit: number;
}

type Item = Record<string, AttributeValue>;

const OPTIONS = { removeUndefinedValues: true };

/** The table as DynamoDB has it. A table that does not answer is an error within seconds, not a function that hangs. */
export class Rows {
  readonly #client: DynamoDBClient;

  constructor(
    private readonly table: string,
    clientOptions: Readonly<Record<string, unknown>>,
  ) {
    const requestHandler = { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true };
    this.#client = new DynamoDBClient({ maxAttempts: 3, requestHandler, ...clientOptions });
  }

  async get(id: string): Promise<Job | undefined> {
    const command = new GetItemCommand({ TableName: this.table, Key: keyOf(id), ConsistentRead: true });
    const { Item } = await unlessDown(this.#client.send(command));
    return Item && (unmarshall(Item) as Job);
  }

  async put(job: Job, when: RowChange['when']): Promise<Job | Refused> {
    const { condition, names, values } = expressionsOf({ set: {}, when });
    const command = new PutItemCommand({
      TableName: this.table,
      Item: marshall(job, OPTIONS),
      ConditionExpression: condition,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: marshall(values),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    return this.#refusable(this.#client.send(command).then(() => job));
  }

  /** Answers the row as it is then. A row that does not exist is never made by it. */
  async update(id: string, change: RowChange): Promise<Job | Refused> {
    const { condition, names, update, values } = expressionsOf(change);
    const command = new UpdateItemCommand({
      TableName: this.table,
      Key: keyOf(id),
      UpdateExpression: update,
      ConditionExpression: condition,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: marshall(values, OPTIONS),
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    return this.#refusable(this.#client.send(command).then(({ Attributes }) => unmarshall(Attributes as Item) as Job));
  }

  async delete(id: string, when: RowChange['when']): Promise<Refused | undefined> {
    const { condition, names, values } = expressionsOf({ set: {}, when });
    const command = new DeleteItemCommand({
      TableName: this.table,
      Key: keyOf(id),
      ConditionExpression: condition,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: marshall(values),
    });
    return this.#refusable(this.#client.send(command).then(() => undefined));
  }

  /** Of each row what the index holds. */
  async page({ before, index, limit, newestFirst, value }: PageRequest): Promise<Partial<Job>[]> {
    const command = new QueryCommand({
      TableName: this.table,
      IndexName: index.name,
      KeyConditionExpression: '#key = :key AND #sort < :before',
      ExpressionAttributeNames: { '#key': index.key, '#sort': index.sortKey },
      ExpressionAttributeValues: marshall({ ':key': value, ':before': before }),
      ScanIndexForward: !newestFirst,
      Limit: limit,
    });
    const { Items = [] } = await unlessDown(this.#client.send(command));
    return Items.map((item) => unmarshall(item) as Partial<Job>);
  }

  async #refusable<Answer>(sent: Promise<Answer>): Promise<Answer | Refused> {
    try {
      return await sent;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) return down(error);
      return new Refused(error.Item && (unmarshall(error.Item) as Job));
    }
  }
}

function unlessDown<Answer>(sent: Promise<Answer>): Promise<Answer> {
  return sent.catch(down);
}

/** The client has tried again already. */
function down(cause: unknown): never {
  throw new ServingError('UNAVAILABLE', 'The table of jobs does not answer.', { retryAfterMs: 1000, cause });
}

function keyOf(id: string): Item {
  return { [JOB_TABLE.key]: { S: id } };
}
