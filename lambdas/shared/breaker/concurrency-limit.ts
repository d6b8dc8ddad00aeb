import {
  type AttributeValue,
  ConditionalCheckFailedException,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { BREAKER_TABLE, BREAKER_VERSION } from '../contract';
import { type BreakerTable, keyOf } from './table-client';

/** By who holds it, when a lease is over. */
type Leases = Readonly<Record<string, unknown>>;

/** Gives a place back. */
export type Release = () => Promise<void>;

const ID = keyOf(BREAKER_TABLE.leases);

/**
 * At most so many calls at once, in all environments together: a map of leases in one row, whose size a place is taken
 * by. A lease that is over belongs to an environment that died; its place is taken with it.
 */
export class ConcurrencyLimit {
  constructor(
    private readonly table: BreakerTable,
    private readonly most: number,
    private readonly leaseMs: number,
    private readonly now: () => number = Date.now,
  ) {}

  /** A place, or `undefined` when as many call as may. */
  async take(): Promise<Release | undefined> {
    const holder = crypto.randomUUID().slice(0, 13);
    let leases = await this.#take(holder);
    // Another environment may take over the same lease first.
    for (let turn = 0; leases && turn < 3; turn++) {
      const over = Object.entries(leases).find(([, until]) => this.#isOver(until));
      if (!over) return undefined;
      leases = await this.#takeOver(holder, over);
    }
    return leases ? undefined : () => this.#release(holder);
  }

  /** Also one that makes no sense, or is of a clock that nobody else has: no other would ever give its place back. */
  #isOver(until: unknown): boolean {
    const now = this.now();
    return !(typeof until === 'number' && until >= now && until <= now + 2 * this.leaseMs);
  }

  /** Answers the leases where there is no place. */
  async #take(holder: string): Promise<Leases | undefined> {
    const take = () =>
      this.#update('SET leases.#holder = :until', 'size(leases) < :most', holder, { ':most': { N: `${this.most}` } });
    try {
      return await take();
    } catch (error) {
      // There is no map to put it in: no row yet, or none of leases.
      if ((error as Error).name !== 'ValidationException') throw error;
      await this.#create();
      return take();
    }
  }

  #takeOver(holder: string, [dead, until]: readonly [string, unknown]): Promise<Leases | undefined> {
    return this.#update(
      'SET leases.#holder = :until REMOVE leases.#dead',
      'leases.#dead = :dead',
      holder,
      marshall({ ':dead': until }),
      { '#dead': dead },
    );
  }

  async #update(
    update: string,
    condition: string,
    holder: string,
    values: Record<string, AttributeValue>,
    names: Record<string, string> = {},
  ): Promise<Leases | undefined> {
    const command = new UpdateItemCommand({
      TableName: this.table.name,
      Key: ID,
      UpdateExpression: update,
      ConditionExpression: condition,
      ExpressionAttributeNames: { '#holder': holder, ...names },
      ExpressionAttributeValues: { ':until': { N: `${this.now() + this.leaseMs}` }, ...values },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    try {
      await this.table.client.send(command);
      return undefined;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      if (error.Item?.leases?.M) return unmarshall(error.Item).leases as Leases;
      await this.#create();
      return this.#update(update, condition, holder, values, names);
    }
  }

  async #create(): Promise<void> {
    const Item = { ...ID, v: { N: `${BREAKER_VERSION}` }, leases: { M: {} } };
    const put = new PutItemCommand({
      TableName: this.table.name,
      Item,
      ConditionExpression: 'attribute_not_exists(id) OR NOT attribute_type(leases, :map)',
      ExpressionAttributeValues: { ':map': { S: 'M' } },
    });
    await this.table.client.send(put).catch((error) => {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    });
  }

  /** A place that cannot be given back is free when its lease is over. */
  async #release(holder: string): Promise<void> {
    const command = new UpdateItemCommand({
      TableName: this.table.name,
      Key: ID,
      UpdateExpression: 'REMOVE leases.#holder',
      ExpressionAttributeNames: { '#holder': holder },
    });
    await this.table.client.send(command).catch(() => undefined);
  }
}
