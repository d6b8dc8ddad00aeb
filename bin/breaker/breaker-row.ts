import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { BreakerRow } from '../../lambdas/shared/breaker/breaker-row';
import { rowOf } from '../../lambdas/shared/breaker/row-store';
import { keyOf } from '../../lambdas/shared/breaker/table-client';
import { BREAKER_TABLE, type ForcedState } from '../../lambdas/shared/contract';

/** The breaker as its environments have it. */
export async function readBreaker(client: DynamoDBClient, TableName: string): Promise<BreakerRow> {
  const Key = keyOf(BREAKER_TABLE.breaker);
  const { Item } = await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
  return rowOf(Item);
}

/** Has a row begin anew that nobody can read; what was counted stays. */
export async function resetBreaker(client: DynamoDBClient, TableName: string): Promise<void> {
  const names = ['version', 'state', 'since', 'until', 'probe', 'probeUntil', 'passed', 'forced'];
  await client.send(
    new UpdateItemCommand({
      TableName,
      Key: keyOf(BREAKER_TABLE.breaker),
      UpdateExpression: `REMOVE ${names.map((name) => `#${name}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    }),
  );
}

/** An operator decides, or leaves it to the breaker again. The version moves on, so that nobody overwrites it unseen. */
export async function setForced(
  client: DynamoDBClient,
  TableName: string,
  forced: ForcedState | undefined,
): Promise<void> {
  await client.send(
    new UpdateItemCommand({
      TableName,
      Key: keyOf(BREAKER_TABLE.breaker),
      UpdateExpression: `${forced ? 'SET #forced = :forced' : 'REMOVE #forced'} ADD #version :one`,
      ExpressionAttributeNames: { '#forced': 'forced', '#version': 'version' },
      ExpressionAttributeValues: { ':one': { N: '1' }, ...(forced && { ':forced': { S: forced } }) },
    }),
  );
}
