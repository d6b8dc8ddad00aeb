import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { acknowledgeWildcard } from '../acknowledgements';
import { written } from '../jobs/grant-objects';

/** Where runs read from, write to, and are written down. */
export interface BatchStores {
  readonly table: ITable;
  readonly inputBucket: IBucket;
  readonly inputPrefix: string;
  readonly outputBucket: IBucket;
  readonly outputPrefix: string;
}

interface Access {
  readonly table: readonly string[];
  /** Whether it reads files of rows, and lists them. */
  readonly input?: 'read' | 'list';
  readonly output: readonly ('s3:GetObject' | 's3:PutObject' | 's3:AbortMultipartUpload' | 's3:DeleteObject')[];
}

/** What each function of a batch may do, and nothing else. */
export const BATCH_ACCESS = {
  runs: { table: ['GetItem', 'PutItem', 'UpdateItem'], output: [] },
  plan: { table: ['GetItem', 'UpdateItem', 'Query'], input: 'list', output: ['s3:GetObject', 's3:PutObject'] },
  work: { table: ['GetItem', 'UpdateItem'], input: 'read', output: ['s3:PutObject', 's3:AbortMultipartUpload'] },
  assemble: {
    table: ['GetItem', 'PutItem', 'UpdateItem', 'Query'],
    input: 'read',
    output: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:DeleteObject'],
  },
} as const satisfies Readonly<Record<string, Access>>;

/** The CDK's own grants would allow more: whole buckets, all indexes. */
export function grantBatch(role: IRole, stores: BatchStores, name: keyof typeof BATCH_ACCESS): void {
  const { input, output, table: actions }: Access = BATCH_ACCESS[name];
  const { inputBucket, inputPrefix, outputBucket, outputPrefix, table } = stores;
  const grant = (allowed: string[], resourceArns: string[], conditions?: Record<string, Record<string, unknown>>) =>
    Grant.addToPrincipal({ grantee: role, actions: allowed, resourceArns, conditions });
  grant(
    actions.map((action) => `dynamodb:${action}`),
    [table.tableArn],
  );
  if (input) grantKeys(role, ['s3:GetObject'], inputBucket, inputPrefix);
  if (input === 'list') {
    grant(['s3:ListBucket'], [inputBucket.bucketArn], { StringLike: { 's3:prefix': `${inputPrefix}*` } });
  }
  if (output.length > 0) grantKeys(role, output, outputBucket, outputPrefix);
  const keys = [
    table.encryptionKey,
    input && inputBucket.encryptionKey,
    output.length > 0 && outputBucket.encryptionKey,
  ];
  for (const key of new Set(keys.filter((each): each is IKey => Boolean(each)))) {
    key.grant(role, 'kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey');
  }
}

function grantKeys(role: IRole, actions: readonly string[], bucket: IBucket, prefix: string): void {
  const arn = bucket.arnForObjects(`${prefix}*`);
  Grant.addToPrincipal({ grantee: role, actions: [...actions], resourceArns: [arn] });
  acknowledgeWildcard(role, 'keys', written(role.stack.resolve(arn)));
}
