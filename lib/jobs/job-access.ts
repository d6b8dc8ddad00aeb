import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { JOB_ENV, JOB_TABLE } from '../../lambdas/shared/contract';
import { grantObjects } from './grant-objects';

type Prefix = 'jobs/' | 'uploads/';
type Send = 'queue' | 'deadLetterQueue' | 'gatherQueue';

interface Access {
  /** What it is told, by its name in `JOB_ENV`. */
  readonly environment: readonly (keyof typeof JOB_ENV)[];
  readonly table: readonly string[];
  /** The index that it queries. */
  readonly index?: string;
  /** Prefixes of the payload bucket. */
  readonly read: readonly Prefix[];
  readonly write: readonly Prefix[];
  readonly send: readonly Send[];
  /** Whether it publishes to the topic. */
  readonly publish?: true;
}

/** What each function that knows jobs is told and may do, and nothing else. */
export const JOB_ACCESS = {
  submit: {
    environment: ['table', 'queueUrl', 'payloadBucket', 'inlineBytes', 'maxUploadBytes', 'jobTimeoutMs', 'retentionMs'],
    table: ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'],
    index: JOB_TABLE.byOwner.name,
    // It signs URLs for clients, which may do what it may.
    read: ['jobs/', 'uploads/'],
    write: ['jobs/', 'uploads/'],
    send: ['queue'],
  },
  work: {
    environment: [
      ...(['table', 'queueUrl', 'deadLetterQueueUrl', 'payloadBucket', 'inlineBytes', 'retentionMs'] as const),
      ...(['jobTimeoutMs', 'maxAttempts', 'visibilityMs', 'sinks'] as const),
    ],
    table: ['GetItem', 'UpdateItem'],
    read: ['jobs/', 'uploads/'],
    write: ['jobs/'],
    send: ['deadLetterQueue'],
  },
  deadLetter: {
    environment: ['table', 'deadLetterQueueUrl', 'payloadBucket', 'retentionMs', 'sinks'],
    table: ['GetItem', 'UpdateItem'],
    read: [],
    write: [],
    send: ['deadLetterQueue'],
  },
  sweep: {
    environment: [
      ...(['table', 'queueUrl', 'deadLetterQueueUrl', 'payloadBucket', 'retentionMs'] as const),
      ...(['maxAttempts', 'sinks'] as const),
    ],
    table: ['GetItem', 'UpdateItem'],
    index: JOB_TABLE.byDue.name,
    read: [],
    write: [],
    send: ['queue', 'deadLetterQueue'],
  },
  /** The same where several models answer a job. */
  fanOut: {
    environment: [
      ...(['table', 'topicArn', 'members', 'payloadBucket', 'inlineBytes', 'maxUploadBytes', 'jobTimeoutMs'] as const),
      'retentionMs',
    ],
    table: ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'],
    index: JOB_TABLE.byOwner.name,
    read: ['jobs/', 'uploads/'],
    write: ['jobs/', 'uploads/'],
    send: [],
    publish: true,
  },
  member: {
    environment: [
      ...(['table', 'queueUrl', 'deadLetterQueueUrl', 'payloadBucket', 'inlineBytes', 'retentionMs'] as const),
      ...(['jobTimeoutMs', 'maxAttempts', 'visibilityMs', 'member', 'gatherQueueUrl'] as const),
    ],
    table: ['GetItem', 'UpdateItem'],
    read: ['jobs/', 'uploads/'],
    write: ['jobs/'],
    send: ['deadLetterQueue', 'gatherQueue'],
  },
  memberDeadLetter: {
    environment: ['table', 'deadLetterQueueUrl', 'payloadBucket', 'retentionMs', 'member', 'gatherQueueUrl'],
    table: ['GetItem', 'UpdateItem'],
    read: [],
    write: [],
    send: ['deadLetterQueue', 'gatherQueue'],
  },
  gather: {
    environment: ['table', 'queueUrl', 'deadLetterQueueUrl', 'payloadBucket', 'inlineBytes', 'retentionMs', 'sinks'],
    table: ['GetItem', 'UpdateItem'],
    read: ['jobs/', 'uploads/'],
    write: ['jobs/'],
    send: [],
  },
  fanOutSweep: {
    environment: [
      ...(['table', 'deadLetterQueueUrl', 'payloadBucket', 'retentionMs', 'sinks'] as const),
      ...(['topicArn', 'members', 'gatherQueueUrl'] as const),
    ],
    table: ['GetItem', 'UpdateItem'],
    index: JOB_TABLE.byDue.name,
    read: [],
    write: [],
    send: ['gatherQueue'],
    publish: true,
  },
} as const satisfies Readonly<Record<string, Access>>;

export type JobAccess = keyof typeof JOB_ACCESS;

/** What jobs are kept in. */
export interface JobStores {
  readonly table: ITable;
  readonly payloadBucket: IBucket;
  readonly queue?: IQueue;
  readonly deadLetterQueue?: IQueue;
  /** Where several models answer a job: who makes one answer of theirs reads it. */
  readonly gatherQueue?: IQueue;
  /** And who hands the job to each of them. */
  readonly topic?: ITopic;
  /** The key of the topic, where it has one of the user's. */
  readonly topicKey?: IKey;
}

/** What a function with this access is told. */
export function jobEnvironment(
  access: JobAccess,
  settings: Partial<Record<keyof typeof JOB_ENV, string>>,
): Record<string, string> {
  return Object.fromEntries(JOB_ACCESS[access].environment.map((name) => [JOB_ENV[name], settings[name] ?? '']));
}

/** The CDK's own grants would allow more: whole buckets, all indexes, attributes of queues. */
export function grantAccess(grantee: IGrantable, stores: JobStores, name: JobAccess): Grant {
  const access: Access = JOB_ACCESS[name];
  const { table, payloadBucket } = stores;
  const grant = (actions: readonly string[], resourceArns: string[]): Grant =>
    Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns });
  const queues = access.send.flatMap((queue) => stores[queue] ?? []);
  const grants = [
    grant(
      access.table.map((action) => `dynamodb:${action}`),
      [table.tableArn],
    ),
  ];
  if (queues.length) {
    const arns = queues.map(({ queueArn }) => queueArn);
    grants.push(grant(['sqs:SendMessage'], arns));
  }
  if (access.publish && stores.topic) grants.push(grant(['sns:Publish'], [stores.topic.topicArn]));
  if (access.index) grants.push(grant(['dynamodb:Query'], [`${table.tableArn}/index/${access.index}`]));
  if (access.read.length) grants.push(grantObjects(grantee, 's3:GetObject', payloadBucket, access.read));
  if (access.write.length) grants.push(grantObjects(grantee, 's3:PutObject', payloadBucket, access.write));
  const usesBucket = access.read.length + access.write.length > 0;
  const keys = [
    ...[table.encryptionKey, usesBucket ? payloadBucket.encryptionKey : undefined],
    ...queues.map(({ encryptionMasterKey }) => encryptionMasterKey),
    access.publish ? stores.topicKey : undefined,
  ];
  for (const key of new Set(keys.filter((each): each is IKey => each !== undefined))) {
    grants.push(key.grant(grantee, 'kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'));
  }
  return grants.reduce((all, each) => all.combine(each));
}
