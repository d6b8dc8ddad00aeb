import { type AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BREAKER_TABLE } from '../contract';

/** A table of a circuit break. */
export interface BreakerTable {
  readonly client: DynamoDBClient;
  readonly name: string;
  /** Is told each time that it did not answer, or that what it holds makes no sense. */
  readonly failed: (cause: unknown) => void;
}

/** After a table has not answered it is left alone for so long. */
export const ALONE_MS = 5000;

/** What the table says where it was asked and the answer is no. */
const ANSWERS = ['ConditionalCheckFailedException', 'ValidationException'];

/**
 * A table that does not answer costs one call a second and no more: it is not tried again, and then left alone for a
 * while, in which whatever is asked of it fails at once. Who asks goes on without.
 *
 * @param failed is told each time that it did not answer
 */
export function breakerTable(
  name: string,
  clientOptions: Readonly<Record<string, unknown>>,
  failed: (cause: unknown) => void,
): BreakerTable {
  const requestHandler = { connectionTimeout: 500, requestTimeout: 1000, throwOnRequestTimeout: true };
  const client = new DynamoDBClient({ maxAttempts: 1, requestHandler, ...clientOptions });
  let askedAgainAt = 0;
  client.middlewareStack.add(
    (next) => async (request) => {
      if (Date.now() < askedAgainAt) throw new Error(`the table ${name} is left alone`);
      try {
        return await next(request);
      } catch (error) {
        if (!ANSWERS.includes((error as Error).name)) {
          askedAgainAt = Date.now() + ALONE_MS;
          failed(error);
        }
        throw error;
      }
    },
    { step: 'initialize', name: 'leaveAlone' },
  );
  return { name, client, failed };
}

export function keyOf(id: string): Record<string, AttributeValue> {
  return { [BREAKER_TABLE.key]: { S: id } };
}
