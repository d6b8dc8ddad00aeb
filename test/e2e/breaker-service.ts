import { DeleteTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { readBreaker, setForced } from '../../bin/breaker/breaker-row';
import { clientConfig, type Target } from '../../bin/local/target';
import { keyOf } from '../../lambdas/shared/breaker/table-client';
import { BREAKER_TABLE, type ForcedState, type HttpErrorBody, type InferResponse } from '../../lambdas/shared/contract';
import { type Answer, infer, type LogLine, logLines } from './client';

export type Answered = Answer<InferResponse & HttpErrorBody>;

/** A deployed service with a breaker, from its front and from behind. */
export class BreakerService {
  readonly url: string;
  readonly #dynamo: DynamoDBClient;
  readonly #iam: IAMClient;

  constructor(
    target: Target,
    readonly outputs: Readonly<Record<string, string>>,
    readonly model: string,
  ) {
    this.url = `${target.endpointUrl}${outputs.Path}`;
    this.#dynamo = new DynamoDBClient(clientConfig(target));
    this.#iam = new IAMClient(clientConfig(target));
  }

  ask(body: unknown): Promise<Answered> {
    return infer(this.url, this.model, body);
  }

  async state() {
    return readBreaker(this.#dynamo, this.outputs.Table ?? '');
  }

  force(state: ForcedState | undefined): Promise<void> {
    return setForced(this.#dynamo, this.outputs.Table ?? '', state);
  }

  /** Who holds a place now, and until when. */
  async leases(): Promise<Record<string, number>> {
    const Key = keyOf(BREAKER_TABLE.leases);
    const { Item } = await this.#dynamo.send(new GetItemCommand({ TableName: this.outputs.Table, Key }));
    return Item ? unmarshall(Item).leases : {};
  }

  /** Whatever they are: a breaker writes a map of numbers. */
  async putLeases(leases: unknown): Promise<void> {
    const Item = { ...keyOf(BREAKER_TABLE.leases), ...marshall({ v: 1, leases }) };
    await this.#dynamo.send(new PutItemCommand({ TableName: this.outputs.Table, Item }));
  }

  async dropTable(): Promise<void> {
    await this.#dynamo.send(new DeleteTableCommand({ TableName: this.outputs.Table }));
  }

  /** How often the predictor was really asked, of its own log. */
  async invocations(): Promise<LogLine[]> {
    return (await logLines(this.outputs.PredictorLogGroup ?? '')).filter(({ operation }) => operation === 'invoke');
  }

  async events(event: string): Promise<LogLine[]> {
    return (await logLines(this.outputs.BreakerLogGroup ?? '')).filter((line) => line.event === event);
  }

  /** The breaker may not do something that its policy allows, until it is given back. */
  async deny(Action: string): Promise<() => Promise<void>> {
    const names = { RoleName: this.outputs.BreakerRole, PolicyName: `no-${Action.replace(/\W/g, '-')}` };
    const statement = { Effect: 'Deny', Action, Resource: '*' };
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await this.#iam.send(new PutRolePolicyCommand({ ...names, PolicyDocument }));
    return async () => {
      await this.#iam.send(new DeleteRolePolicyCommand(names));
    };
  }
}
