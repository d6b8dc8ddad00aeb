import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  GetEventSourceMappingCommand,
  InvokeCommand,
  LambdaClient,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { expect } from 'vitest';
import { clientConfig, type Target } from '../../../bin/local/target';
import type { HttpErrorBody, InferResponse, JobMessage, JobState } from '../../../lambdas/shared/contract';
import type { Job } from '../../../lambdas/shared/jobs/job';
import { type Answer, call, post } from '../client';

/** A job as the API shows it. */
export interface JobDocument extends HttpErrorBody {
  readonly id: string;
  readonly state: JobState;
  readonly url: string;
  readonly model_name: string;
  readonly model_version?: string;
  readonly attempts: number;
  readonly started_at?: string;
  readonly ended_at?: string;
  readonly result?: InferResponse;
  readonly result_ref?: { readonly url: string; readonly bytes: number };
  // biome-ignore lint/suspicious/noExplicitAny: the error of a job is an object, that of an answer is text
  readonly error: any;
  /** Where several models answer a job. */
  readonly models?: Readonly<Record<string, ModelDocument>>;
}

/** What a job says of one of its models. */
export interface ModelDocument {
  readonly state: JobState;
  readonly attempts: number;
  readonly started_at?: string;
  readonly ended_at?: string;
  readonly response?: InferResponse;
  readonly response_ref?: { readonly url: string; readonly bytes: number };
  readonly error?: { readonly code: string; readonly message: string };
}

export const FINAL: readonly JobState[] = ['SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT'];

/** A deployed service with jobs, from its front and from behind. */
export class JobService {
  readonly url: string;
  readonly #dynamo: DynamoDBClient;
  readonly #lambda: LambdaClient;
  readonly #sqs: SQSClient;
  readonly #iam: IAMClient;

  constructor(
    target: Target,
    readonly outputs: Readonly<Record<string, string>>,
    readonly model: string,
  ) {
    this.url = `${target.endpointUrl}${outputs.Path}`;
    this.#dynamo = new DynamoDBClient(clientConfig(target));
    this.#lambda = new LambdaClient(clientConfig(target));
    this.#sqs = new SQSClient(clientConfig(target));
    this.#iam = new IAMClient(clientConfig(target));
  }

  /** As `redrive` wants them. */
  get queues(): { readonly queue: string; readonly deadLetterQueue: string } {
    return { queue: this.outputs.QueueUrl ?? '', deadLetterQueue: this.outputs.DeadLetterQueueUrl ?? '' };
  }

  submit(body: unknown, headers: Record<string, string> = {}): Promise<Answer<JobDocument & InferResponse>> {
    return post(`${this.url}/v2/models/${this.model}/infer`, body, headers);
  }

  async accepted(body: unknown, headers: Record<string, string> = {}): Promise<JobDocument> {
    const answer = await this.submit(body, headers);
    expect(answer.status, JSON.stringify(answer.body)).toBe(202);
    return answer.body;
  }

  poll(id: string): Promise<Answer<JobDocument>> {
    return call(`${this.url}/v2/jobs/${id}`);
  }

  /** The job once it has ended. */
  async ended(id: string, seconds = 60): Promise<JobDocument> {
    for (const until = Date.now() + seconds * 1000; Date.now() < until; await sleep(200)) {
      const { body, status } = await this.poll(id);
      if (status === 200) return body;
      // A front that is killed meanwhile answers 503.
      expect([202, 503], JSON.stringify(body)).toContain(status);
    }
    throw new Error(`job ${id} has not ended after ${seconds} s: ${JSON.stringify(await this.row(id))}`);
  }

  async row(id: string): Promise<Job | undefined> {
    const { Item } = await this.#dynamo.send(
      new GetItemCommand({ TableName: this.outputs.Table, Key: { id: { S: id } } }),
    );
    return Item && (unmarshall(Item) as Job);
  }

  async putRow(job: Job): Promise<void> {
    const Item = marshall(job, { removeUndefinedValues: true });
    await this.#dynamo.send(new PutItemCommand({ TableName: this.outputs.Table, Item }));
  }

  /** As if so much time had passed for one attribute of a job. */
  async setRow(id: string, attribute: keyof Job, value: number): Promise<void> {
    await this.#dynamo.send(
      new UpdateItemCommand({
        TableName: this.outputs.Table,
        Key: { id: { S: id } },
        UpdateExpression: 'SET #name = :value',
        ExpressionAttributeNames: { '#name': attribute },
        ExpressionAttributeValues: { ':value': { N: `${value}` } },
      }),
    );
  }

  /** Whether the workers are handed messages. */
  async work(Enabled: boolean): Promise<void> {
    const UUID = this.outputs.EventSourceMapping;
    await this.#lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
    for (let attempt = 0; attempt < 50; attempt++, await sleep(100)) {
      const { State } = await this.#lambda.send(new GetEventSourceMappingCommand({ UUID }));
      if (State === (Enabled ? 'Enabled' : 'Disabled')) return;
    }
  }

  async sweep(): Promise<{ due: number; repaired: number }> {
    const { FunctionError, Payload } = await this.#lambda.send(
      new InvokeCommand({ FunctionName: this.outputs.SweepFunction }),
    );
    const answer = Buffer.from(Payload ?? []).toString();
    expect(FunctionError, answer).toBeUndefined();
    return JSON.parse(answer);
  }

  /** Messages that wait in a queue or are with somebody. */
  async count(queue: 'Queue' | 'DeadLetterQueue' | 'ExhaustedQueue'): Promise<number> {
    const { Attributes = {} } = await this.#sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.outputs[`${queue}Url`],
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return Object.values(Attributes).reduce((sum, value) => sum + Number(value), 0);
  }

  async purge(queue: 'Queue' | 'DeadLetterQueue'): Promise<void> {
    await this.#sqs.send(new PurgeQueueCommand({ QueueUrl: this.outputs[`${queue}Url`] }));
  }

  /** As SQS does with a message that was received too often. */
  async exhaust(job: string, owner: string | undefined): Promise<void> {
    const MessageBody = JSON.stringify({ v: 1, job, owner, generation: 1 });
    await this.#sqs.send(new SendMessageCommand({ QueueUrl: this.outputs.ExhaustedQueueUrl, MessageBody }));
  }

  /** Jobs whose messages rest in the dead-letter queue; they stay there. */
  async deadLetters(): Promise<string[]> {
    const found = new Set<string>();
    for (let empty = 0; empty < 2; ) {
      const { Messages = [] } = await this.#sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: this.outputs.DeadLetterQueueUrl,
          MaxNumberOfMessages: 10,
          VisibilityTimeout: 2,
        }),
      );
      if (Messages.length === 0) empty += 1;
      for (const { Body } of Messages) found.add((JSON.parse(Body ?? '{}') as JobMessage).job);
    }
    await sleep(2100);
    return [...found];
  }

  /** Bodies that a queue of a consumer holds, taken from it. */
  async receive<Body>(queueUrl: string | undefined, count: number, seconds = 20): Promise<Body[]> {
    const bodies: Body[] = [];
    for (const until = Date.now() + seconds * 1000; Date.now() < until && bodies.length < count; await sleep(100)) {
      const { Messages = [] } = await this.#sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
      );
      for (const { Body, ReceiptHandle } of Messages) {
        bodies.push(JSON.parse(Body ?? '{}'));
        await this.#sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
      }
    }
    return bodies;
  }

  /** While `act` runs, a role may not do something that its policy allows. */
  async without<Value>(role: 'Submit' | 'Worker' | 'Sweep', Action: string, act: () => Promise<Value>): Promise<Value> {
    const RoleName = this.outputs[`${role}Role`];
    const PolicyName = `no-${Action.replace(/\W/g, '-')}`;
    const statement = { Effect: 'Deny', Action, Resource: '*' };
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await this.#iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
    try {
      return await act();
    } finally {
      await this.#iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    }
  }
}
