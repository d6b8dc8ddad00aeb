import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import {
  ENDED_STATES,
  RESUMABLE_STATES,
  RUN_TABLE,
  type Run,
  type RunRequest,
  type RunState,
} from '../../lambdas/shared/contract';
import { UsageError } from '../local/errors';
import type { BatchPlaces } from './service-batch';

const POLL_MS = 500;
const LARGEST_UPLOAD = 5 * 1024 ** 3;

/** The runs of a service, as somebody sees them who may start and stop them. */
export class BatchClient {
  readonly #dynamo: DynamoDBClient;
  readonly #s3: S3Client;
  readonly #sfn: SFNClient;

  constructor(
    readonly places: BatchPlaces,
    // biome-ignore lint/suspicious/noExplicitAny: the same settings fit the client of every service
    config: any,
  ) {
    this.#dynamo = new DynamoDBClient(config);
    // A stream goes as it is; TLS protects it on its way.
    this.#s3 = new S3Client({ ...config, requestChecksumCalculation: 'WHEN_REQUIRED' });
    this.#sfn = new SFNClient(config);
  }

  /** Starts a run of that name. It is there once its execution has begun. */
  async start(name: string, request: Omit<RunRequest, 'run' | 'resume'> = {}): Promise<void> {
    await this.#execute(name, { ...request, run: name });
  }

  /** Goes on with a run: what is done is not predicted again. */
  async resume(name: string): Promise<Run> {
    const run = await this.existing(name);
    if (!(RESUMABLE_STATES as readonly RunState[]).includes(run.state)) {
      throw new UsageError(
        `The run ${name} is ${run.state}; only one that is ${RESUMABLE_STATES.join(', ')} can be resumed.`,
      );
    }
    await this.#execute(`${name}.${run.attempt + 1}`, { run: name, resume: true });
    return run;
  }

  async stop(name: string): Promise<void> {
    const { execution, state } = await this.existing(name);
    if (!execution || (ENDED_STATES as readonly RunState[]).includes(state)) {
      throw new UsageError(`The run ${name} is ${state}, and nobody works on it.`);
    }
    await this.#sfn.send(
      new StopExecutionCommand({ executionArn: execution, cause: 'stopped by cdk-ml-serving batch' }),
    );
  }

  async run(name: string): Promise<Run | undefined> {
    const Key = marshall({ [RUN_TABLE.key]: name, [RUN_TABLE.sortKey]: RUN_TABLE.run });
    const { Item } = await this.#dynamo.send(
      new GetItemCommand({ TableName: this.places.table, Key, ConsistentRead: true }),
    );
    return Item && (unmarshall(Item) as Run);
  }

  /** The latest runs, newest first. */
  async recent(limit: number): Promise<Run[]> {
    const { byStart } = RUN_TABLE;
    const command = new QueryCommand({
      TableName: this.places.table,
      IndexName: byStart.name,
      KeyConditionExpression: '#key = :kind',
      ExpressionAttributeNames: { '#key': byStart.key },
      ExpressionAttributeValues: marshall({ ':kind': 'run' }),
      ScanIndexForward: false,
      Limit: limit,
    });
    const { Items = [] } = await this.#dynamo.send(command);
    return Items.map((item) => unmarshall(item) as Run);
  }

  /**
   * The run once it has ended.
   *
   * @param attempt which begin of it, at least
   * @param look is told of the run each time it is looked at
   */
  async ended(name: string, { attempt = 1, look, seconds = 86_400 }: WaitOptions = {}): Promise<Run> {
    for (const until = Date.now() + seconds * 1000; Date.now() < until; await sleep(POLL_MS)) {
      const run = await this.run(name);
      if (!run) continue;
      look?.(run);
      const over = (ENDED_STATES as readonly RunState[]).includes(run.state);
      // One that is refused, or wrong, was never begun.
      if (over && (run.attempt >= attempt || run.attempt === 0)) return run;
    }
    throw new Error(`the run ${name} has not ended after ${seconds} s: ${JSON.stringify(await this.run(name))}`);
  }

  async upload(key: string, content: Uint8Array | string): Promise<string> {
    await this.#s3.send(new PutObjectCommand({ Bucket: this.places.inputBucket, Key: key, Body: content }));
    return key;
  }

  /** A file of any size that S3 takes at once, which need not fit into memory. */
  async uploadFile(key: string, file: string): Promise<string> {
    const { size } = await stat(file);
    if (size > LARGEST_UPLOAD) {
      const { inputBucket } = this.places;
      throw new UsageError(
        `${file} has more than the 5 GiB that S3 takes at once; copy it with "aws s3 cp" and name it: s3://${inputBucket}/${key}`,
      );
    }
    const Body = createReadStream(file);
    await this.#s3.send(new PutObjectCommand({ Bucket: this.places.inputBucket, Key: key, Body, ContentLength: size }));
    return key;
  }

  /** A file that a run has written. */
  async read(key: string): Promise<Buffer> {
    const { Body } = await this.#s3.send(new GetObjectCommand({ Bucket: this.places.outputBucket, Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  }

  async existing(name: string): Promise<Run> {
    const run = await this.run(name);
    if (!run) throw new UsageError(`There is no run ${name}.`);
    return run;
  }

  async #execute(name: string, request: RunRequest): Promise<void> {
    const { stateMachine } = this.places;
    const command = new StartExecutionCommand({ stateMachineArn: stateMachine, name, input: JSON.stringify(request) });
    await this.#sfn.send(command).catch((error: Error) => {
      if (error.name !== 'ExecutionAlreadyExists') throw error;
      throw new UsageError(
        `There has been a run ${name} already. See it with --status ${name}, or choose another name.`,
      );
    });
  }
}

export interface WaitOptions {
  readonly attempt?: number;
  readonly look?: (run: Run) => void;
  readonly seconds?: number;
}
