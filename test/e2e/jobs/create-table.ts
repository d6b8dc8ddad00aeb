import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientConfig, type Target } from '../../../bin/local/target';
import { JOB_TABLE } from '../../../lambdas/shared/contract';

/** A table of jobs without the stack around it. */
export async function createJobTable(target: Target, name: string): Promise<() => Promise<void>> {
  const client = new DynamoDBClient(clientConfig(target));
  const { byDue, byOwner, key } = JOB_TABLE;
  const index = (of: { readonly name: string; readonly key: string; readonly sortKey: string }) => ({
    IndexName: of.name,
    KeySchema: [
      { AttributeName: of.key, KeyType: 'HASH' as const },
      { AttributeName: of.sortKey, KeyType: 'RANGE' as const },
    ],
    Projection: { ProjectionType: 'ALL' as const },
  });
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [index(byOwner), index(byDue)],
      AttributeDefinitions: [
        { AttributeName: key, AttributeType: 'S' },
        { AttributeName: byOwner.key, AttributeType: 'S' },
        { AttributeName: byOwner.sortKey, AttributeType: 'N' },
        { AttributeName: byDue.key, AttributeType: 'S' },
        { AttributeName: byDue.sortKey, AttributeType: 'N' },
      ],
    }),
  );
  return async () => {
    await client.send(new DeleteTableCommand({ TableName: name }));
  };
}
