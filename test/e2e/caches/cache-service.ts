import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteTableCommand, DynamoDBClient, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { clientConfig, type Target } from '../../../bin/local/target';
import { CacheTable } from '../../../lambdas/shared/cache/cache-table';
import { CACHE_TABLE, type HttpErrorBody, type InferResponse } from '../../../lambdas/shared/contract';
import { type Answer, invocations, type LogLine, logLines, post } from '../client';

export type CacheAnswer = Answer<InferResponse & HttpErrorBody>;

/** A deployed service with a cache, from its front and from behind. */
export class CacheService {
  readonly url: string;
  readonly table: CacheTable;
  readonly #dynamo: DynamoDBClient;
  readonly #iam: IAMClient;

  constructor(
    target: Target,
    readonly outputs: Readonly<Record<string, string>>,
    readonly model: string,
  ) {
    this.url = `${target.endpointUrl}${outputs.Path}`;
    const { credentials, endpoint, region } = clientConfig(target);
    this.table = new CacheTable(outputs.Table ?? '', 5000, { credentials, endpoint, region });
    this.#dynamo = new DynamoDBClient(clientConfig(target));
    this.#iam = new IAMClient(clientConfig(target));
  }

  ask(body: unknown, headers: Record<string, string> = {}): Promise<CacheAnswer> {
    return post(`${this.url}/v2/models/${this.model}/infer`, body, headers);
  }

  /** Keys of the rows that the table holds. */
  async rows(): Promise<string[]> {
    const { Items = [] } = await this.#dynamo.send(new ScanCommand({ TableName: this.outputs.Table }));
    return Items.map((item) => `${unmarshall(item).key}`);
  }

  /** As if the time of all entries were over. */
  async expire(): Promise<void> {
    const entries = (await this.rows()).filter((key) => key.startsWith(CACHE_TABLE.entry('')));
    for (const key of entries) {
      await this.#dynamo.send(
        new UpdateItemCommand({
          TableName: this.outputs.Table,
          Key: marshall({ key }),
          UpdateExpression: 'SET freshUntil = :now, staleUntil = :now',
          ExpressionAttributeValues: marshall({ ':now': Date.now() }),
        }),
      );
    }
  }

  async deleteTable(): Promise<void> {
    await this.#dynamo.send(new DeleteTableCommand({ TableName: this.outputs.Table }));
  }

  /** How often the predictor behind the cache was asked, once nothing more comes. */
  async inferences(since = 0): Promise<number> {
    return (await invocations(this.outputs.PredictorLogGroup ?? '')) - since;
  }

  /** The key under which the question of this answer is kept. */
  async keyOf({ headers }: CacheAnswer): Promise<string> {
    for (let least = 1; ; ) {
      const lines = await this.lines('cache', least);
      const line = lines.find(({ requestId }) => requestId === headers.get('x-request-id'));
      if (line) return `${line.key}`;
      least = lines.length + 1;
    }
  }

  /** Lines of the cache itself, as soon as there are so many. */
  async lines(event: string, least = 1): Promise<LogLine[]> {
    for (let attempt = 0; ; attempt++, await sleep(200)) {
      const lines = (await logLines(this.outputs.CacheLogGroup ?? '')).filter((line) => line.event === event);
      if (lines.length >= least) return lines;
      if (attempt > 50) throw new Error(`${lines.length} lines ${event}, expected ${least}`);
    }
  }

  /** While `act` runs, a role may not do something that its policy allows. */
  without<Value>(role: string, Action: string, act: () => Promise<Value>): Promise<Value> {
    return this.#denied(role, { Action, Resource: '*' }, act);
  }

  /** While `act` runs, a table does not exist for a role. */
  withoutTable<Value>(role: string, table: string, act: () => Promise<Value>): Promise<Value> {
    return this.#denied(role, { Action: 'dynamodb:*', Resource: `arn:aws:dynamodb:*:*:table/${table}` }, act);
  }

  async #denied<Value>(role: string, what: { Action: string; Resource: string }, act: () => Promise<Value>) {
    const RoleName = this.outputs[`${role}Role`];
    const PolicyName = `no-${what.Action.replace(/\W/g, '-')}`;
    const statement = { Effect: 'Deny', ...what };
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await this.#iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
    try {
      return await act();
    } finally {
      await this.#iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    }
  }
}
