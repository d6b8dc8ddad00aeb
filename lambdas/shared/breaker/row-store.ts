import {
  type AttributeValue,
  ConditionalCheckFailedException,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { BREAKER_TABLE, BREAKER_VERSION, FORCED_STATES, type ForcedState } from '../contract';
import { expressionsOf, type RowChange } from '../jobs/row-update';
import { type BreakerRow, type BreakerState, type Counts, NEW_ROW } from './breaker-row';
import type { BreakerStore } from './breaker-store';
import { type BreakerTable, keyOf } from './table-client';

type Item = Record<string, AttributeValue>;

/** Attributes of a step: `c`, `f` and `s` before its number. DynamoDB adds to numbers of a row, not to numbers in a map. */
const COUNTED = { calls: 'c', failures: 'f', slow: 's' } as const;
const STEP = /^([cfs])(\d+)$/;

const STATE = [
  'state',
  'since',
  'until',
  'probe',
  'probeUntil',
  'passed',
  'forced',
] as const satisfies (keyof BreakerState)[];

/** The breaker that all environments share: one row. What is counted is added to it, a change of state names the version it saw. */
export class RowStore implements BreakerStore {
  constructor(private readonly table: BreakerTable) {}

  async count(
    { since }: BreakerState,
    window: ReadonlyMap<number, Counts>,
    over: readonly number[],
  ): Promise<BreakerRow> {
    if (window.size === 0) return this.#get();
    const add: Record<string, number> = {};
    for (const [step, counts] of window) {
      for (const [kind, letter] of Object.entries(COUNTED)) add[`${letter}${step}`] = counts[kind as keyof Counts];
    }
    const { row } = await this.#update({
      set: { ...without(over), v: BREAKER_VERSION },
      add,
      when: (terms) => terms.is('since', since === 0 ? undefined : since),
    });
    return row;
  }

  async replace(seen: BreakerRow, next: BreakerState): Promise<{ row: BreakerRow; replaced: boolean }> {
    const state = Object.fromEntries(STATE.map((name) => [name, next[name]]));
    const { row, changed } = await this.#update({
      set: { ...without(seen.window.keys()), ...state, version: next.version, v: BREAKER_VERSION },
      when: (terms) => terms.is('version', seen.version === 0 ? undefined : seen.version),
    });
    return { row, replaced: changed };
  }

  /** Answers the row as it is then, and whether it was this change. */
  async #update(change: RowChange): Promise<{ row: BreakerRow; changed: boolean }> {
    const { condition, names, update, values } = expressionsOf(change);
    const command = new UpdateItemCommand({
      TableName: this.table.name,
      Key: keyOf(BREAKER_TABLE.breaker),
      UpdateExpression: update,
      ConditionExpression: condition,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: marshall(values),
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    try {
      const { Attributes } = await this.table.client.send(command);
      return { row: this.#rowOf(Attributes), changed: true };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { row: this.#rowOf(error.Item), changed: false };
    }
  }

  #rowOf(item: Item | undefined): BreakerRow {
    try {
      return rowOf(item);
    } catch (error) {
      this.table.failed(error);
      throw error;
    }
  }

  async #get(): Promise<BreakerRow> {
    const key = keyOf(BREAKER_TABLE.breaker);
    const { Item } = await this.table.client.send(
      new GetItemCommand({ TableName: this.table.name, Key: key, ConsistentRead: true }),
    );
    return this.#rowOf(Item);
  }
}

/** Removes the attributes of steps. */
function without(steps: Iterable<number>): Record<string, undefined> {
  const letters = Object.values(COUNTED);
  const names = [...steps].flatMap((step) => letters.map((letter) => `${letter}${step}`));
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

/**
 * The row as it is read; a table that is new, or was emptied, has none.
 *
 * @throws where it is none that a breaker wrote: then each environment decides alone, until an operator has it begin anew
 */
export function rowOf(item: Item | undefined): BreakerRow {
  if (!item) return NEW_ROW;
  const { version, state, since, until, probe, probeUntil, passed, forced, ...rest } = unmarshall(item);
  requireReadable({ version, since, until, probeUntil, passed }, state, forced);
  const window = new Map<number, { calls: number; failures: number; slow: number }>();
  for (const [name, value] of Object.entries(rest)) {
    const [, letter, step] = STEP.exec(name) ?? [];
    if (letter === undefined) continue;
    const counts = window.get(Number(step)) ?? { calls: 0, failures: 0, slow: 0 };
    const kind = letter === 'c' ? 'calls' : letter === 'f' ? 'failures' : 'slow';
    window.set(Number(step), { ...counts, [kind]: typeof value === 'number' ? value : 0 });
  }
  const known = { until, probe, probeUntil, passed, forced };
  return { version: version ?? 0, state: state ?? 'CLOSED', since: since ?? 0, ...known, window };
}

/** What an operator forced before anybody asked has no state yet. */
function requireReadable(numbers: Readonly<Record<string, unknown>>, state: unknown, forced: unknown): void {
  const isLegal =
    Object.values(numbers).every((value) => value === undefined || typeof value === 'number') &&
    [undefined, 'CLOSED', 'OPEN'].includes(state as string | undefined) &&
    [undefined, ...FORCED_STATES].includes(forced as ForcedState | undefined);
  if (!isLegal)
    throw new UnreadableRowError(
      `the row of the breaker cannot be read: ${JSON.stringify({ ...numbers, state, forced })}`,
    );
}

/** Somebody else wrote it. */
export class UnreadableRowError extends Error {}
