import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, test } from 'vitest';
import { newStack } from '../stack';
import { allowed, asynchronous } from './job-stack';

const LOGS = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const TAKE = [
  ...['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueUrl', 'sqs:DeleteMessage'],
  'sqs:GetQueueAttributes',
];

describe('what each function may do, and on what', () => {
  const { stack, service, template } = asynchronous();
  const { front, jobs, worker } = service;
  const resolve = (value: string) => stack.resolve(value);
  const rights = (role: { roleName: string }) => allowed(template, resolve(role.roleName));
  const table = resolve(jobs.table.tableArn);
  const index = (name: string) => resolve(`${jobs.table.tableArn}/index/${name}`);
  const objects = (prefix: string) => resolve(jobs.payloadBucket.arnForObjects(`${prefix}/*`));
  const [queue, dead, exhausted] = [jobs.queue, jobs.deadLetterQueue, jobs.exhaustedQueue ?? jobs.queue].map(
    ({ queueArn }) => resolve(queueArn),
  );
  const logs = ({ logGroup }: typeof front | typeof worker | typeof jobs.sweeper) =>
    Object.fromEntries(LOGS.map((action) => [action, [resolve(logGroup.logGroupArn)]]));
  const take = (from: unknown) => Object.fromEntries(TAKE.map((action) => [action, [from]]));

  test('submit', () => {
    expect(rights(front.role)).toEqual({
      ...logs(front),
      'dynamodb:GetItem': [table],
      'dynamodb:PutItem': [table],
      'dynamodb:UpdateItem': [table],
      'dynamodb:DeleteItem': [table],
      'dynamodb:Query': [index('byOwner')],
      's3:GetObject': [objects('jobs'), objects('uploads')],
      's3:PutObject': [objects('jobs'), objects('uploads')],
      'sqs:SendMessage': [queue],
    });
  });

  test('worker', () => {
    expect(rights(worker.role)).toEqual({
      ...logs(worker),
      ...take(queue),
      'dynamodb:GetItem': [table],
      'dynamodb:UpdateItem': [table],
      's3:GetObject': [objects('jobs'), objects('uploads')],
      's3:PutObject': [objects('jobs')],
      'sqs:SendMessage': [dead],
    });
  });

  test('dead-letter function', () => {
    const handler = jobs.deadLetterHandler ?? jobs.sweeper;
    expect(rights(handler.role)).toEqual({
      ...logs(handler),
      ...take(exhausted),
      'dynamodb:GetItem': [table],
      'dynamodb:UpdateItem': [table],
      'sqs:SendMessage': [dead],
    });
  });

  test('sweeper', () => {
    const found = rights(jobs.sweeper.role);
    expect(found).toEqual({
      ...logs(jobs.sweeper),
      'dynamodb:GetItem': [table],
      'dynamodb:UpdateItem': [table],
      'dynamodb:Query': [index('byDue')],
      'sqs:SendMessage': expect.arrayContaining([queue, dead]),
    });
    expect(found['sqs:SendMessage']).toHaveLength(2);
  });
});

test('with a key of the user every function may use it', () => {
  const stack = newStack();
  const key = new Key(stack, 'Key');
  const { service, template } = asynchronous({ encryptionKey: key }, stack);
  const { front, jobs, worker } = service;
  for (const { role } of [front, worker, jobs.sweeper]) {
    const found = allowed(template, stack.resolve(role.roleName));
    expect(found['kms:Decrypt']).toContainEqual(stack.resolve(key.keyArn));
    expect(found['kms:GenerateDataKey']).toContainEqual(stack.resolve(key.keyArn));
  }
});
