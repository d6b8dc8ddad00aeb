import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { expect } from 'vitest';
import { BatchClient } from '../../../bin/batch/batch-client';
import { clientConfig, type Target } from '../../../bin/local/target';
import type { RunAccount } from '../../../lambdas/batch-assemble/assemble-run';
import type { Watched } from '../../../lambdas/batch-runs/watch';
import type { ChunkRow, Run, RunRequest } from '../../../lambdas/shared/contract';
import type { Outputs } from '../emulator';

/** A row of the errors file. */
export interface RowError {
  readonly file: string;
  readonly row: number;
  readonly line?: number;
  readonly rows?: number;
  readonly id?: unknown;
  readonly code: string;
  readonly field?: string;
  readonly reason: string;
  readonly run_id: string;
}

let started = 0;

/** A deployed batch, from its front and from behind. */
export class BatchService extends BatchClient {
  readonly #dynamo: DynamoDBClient;
  readonly #iam: IAMClient;
  readonly #lambda: LambdaClient;
  readonly #s3: S3Client;
  readonly #sfn: SFNClient;

  constructor(
    target: Target,
    private readonly outputs: Outputs[string],
    private readonly name: string,
  ) {
    const of = (key: string) => outputs[`${name}${key}`] ?? '';
    super(
      {
        stateMachine: of('StateMachine'),
        table: of('Table'),
        inputBucket: of('InputBucket'),
        outputBucket: of('OutputBucket'),
        inputPrefix: 'input/',
      },
      clientConfig(target),
    );
    this.#dynamo = new DynamoDBClient(clientConfig(target));
    this.#iam = new IAMClient(clientConfig(target));
    this.#lambda = new LambdaClient(clientConfig(target));
    this.#s3 = new S3Client(clientConfig(target));
    this.#sfn = new SFNClient(clientConfig(target));
  }

  output(key: string): string {
    return this.outputs[`${this.name}${key}`] ?? '';
  }

  /** Starts a run of these files, and answers its name. */
  async startOn(
    files: Readonly<Record<string, string | Uint8Array>>,
    request: Omit<RunRequest, 'run'> = {},
  ): Promise<string> {
    const run = `test-${++started}-${Date.now()}`;
    for (const [key, content] of Object.entries(files)) await this.upload(`input/${run}/${key}`, content);
    await this.start(run, { source: `input/${run}/`, ...request });
    return run;
  }

  /** A trigger as somebody else might have it: an execution of any name. */
  async trigger(execution: string, request: RunRequest): Promise<void> {
    const { stateMachine: stateMachineArn } = this.places;
    await this.#sfn.send(
      new StartExecutionCommand({ stateMachineArn, name: execution, input: JSON.stringify(request) }),
    );
  }

  async runOn(files: Readonly<Record<string, string | Uint8Array>>, seconds = 120): Promise<Run> {
    return this.ended(await this.startOn(files), { seconds });
  }

  async account({ manifestKey = '' }: Run): Promise<RunAccount> {
    return JSON.parse((await this.read(manifestKey)).toString());
  }

  /** The results of the only file of a run. */
  async results(run: Run): Promise<Buffer> {
    const [key = ''] = (await this.account(run)).files[0]?.results ?? [];
    return this.read(key);
  }

  async errors(run: Run): Promise<RowError[]> {
    const key = (await this.account(run)).files[0]?.errors;
    if (key === undefined) return [];
    return (await this.read(key))
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  }

  async chunks(run: string): Promise<ChunkRow[]> {
    const { Items = [] } = await this.#dynamo.send(
      new QueryCommand({
        TableName: this.places.table,
        KeyConditionExpression: '#run = :run AND begins_with(#item, :chunk)',
        ExpressionAttributeNames: { '#run': 'run', '#item': 'item' },
        ExpressionAttributeValues: marshall({ ':run': run, ':chunk': 'chunk#' }),
        ConsistentRead: true,
      }),
    );
    return Items.map((item) => unmarshall(item) as ChunkRow);
  }

  /** The run as soon as something is true of it. */
  async until(name: string, is: (run: Run) => boolean, seconds = 60): Promise<Run> {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(50)) {
      const run = await this.run(name);
      if (run && is(run)) return run;
    }
    throw new Error(`the run ${name} is ${JSON.stringify(await this.run(name))}`);
  }

  /** Somebody looks at the runs now, and not only every five minutes. */
  async watch(): Promise<Watched> {
    const Payload = JSON.stringify({ stateMachine: this.places.stateMachine });
    const answer = await this.#lambda.send(new InvokeCommand({ FunctionName: this.output('RunsFunction'), Payload }));
    const text = Buffer.from(answer.Payload ?? []).toString();
    expect(answer.FunctionError, text).toBeUndefined();
    return JSON.parse(text);
  }

  /** As if a run had completed so long ago for the last time. */
  setCompletedAt(at: number): Promise<void> {
    return this.#set({ run: 'turn', item: 'turn' }, 'completedAt', at);
  }

  /** As if the run had had so much less time. */
  setDeadlineAt(run: string, at: number): Promise<void> {
    return this.#set({ run, item: 'run' }, 'deadlineAt', at);
  }

  async #set(key: { run: string; item: string }, attribute: string, value: number): Promise<void> {
    await this.#dynamo.send(
      new UpdateItemCommand({
        TableName: this.places.table,
        Key: marshall(key),
        UpdateExpression: 'SET #attribute = :value',
        ExpressionAttributeNames: { '#attribute': attribute },
        ExpressionAttributeValues: marshall({ ':value': value }),
      }),
    );
  }

  /** What lies below a prefix of the results. */
  async keys(prefix: string): Promise<string[]> {
    const page = await this.#s3.send(new ListObjectsV2Command({ Bucket: this.places.outputBucket, Prefix: prefix }));
    return (page.Contents ?? []).map(({ Key = '' }) => Key);
  }

  /** Without the right to do this to what is named. */
  async without<Value>(
    role: 'Worker' | 'Planner' | 'Assembler' | 'Runs',
    Action: string,
    Resource: string,
    act: () => Promise<Value>,
  ) {
    const RoleName = this.output(`${role}Role`);
    const PolicyName = `no-${Action.replace(/\W/g, '-')}`;
    const statement = { Effect: 'Deny', Action, Resource };
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await this.#iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
    try {
      return await act();
    } finally {
      await this.#iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    }
  }
}
