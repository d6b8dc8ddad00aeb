import { Duration, Size } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, test } from 'vitest';
import { JobTable } from '../../../lib';
import { newStack } from '../stack';
import { asynchronous, environmentOf } from './job-stack';

describe('jobs with all defaults', () => {
  const { stack, service, template } = asynchronous();
  const { jobs } = service;
  const arn = (queue: Queue) => stack.resolve(queue.queueArn);

  test('[3.1] rows are found by id, by owner and when they are due', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byOwner',
          KeySchema: [
            { AttributeName: 'ownerState', KeyType: 'HASH' },
            { AttributeName: 'acceptedAt', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['state', 'endedAt', 'expiresAt'] },
        },
        {
          IndexName: 'byDue',
          KeySchema: [
            { AttributeName: 'dueShard', KeyType: 'HASH' },
            { AttributeName: 'dueAt', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    });
  });

  test('[X.6] rows go with the stack; the bucket with results stays, and what is in it expires', () => {
    template.hasResource('AWS::DynamoDB::Table', { DeletionPolicy: 'Delete' });
    template.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      Properties: {
        LifecycleConfiguration: {
          // An hour to the end, a week after it, and an hour for a retry.
          Rules: ['jobs/', 'uploads/'].map((Prefix) => Match.objectLike({ Prefix, ExpirationInDays: 8 })),
        },
      },
    });
  });

  test('[3.6] a message that nobody ever looked at is given up later than any job is, and then its job fails', () => {
    template.hasResourceProperties('AWS::SQS::Queue', {
      RedrivePolicy: { deadLetterTargetArn: arn(jobs.exhaustedQueue as Queue), maxReceiveCount: 3 * 10 + 10 },
      MessageRetentionPeriod: 14 * 86_400,
    });
    template.hasResourceProperties('AWS::SQS::Queue', {
      RedrivePolicy: { deadLetterTargetArn: arn(jobs.deadLetterQueue), maxReceiveCount: 5 },
    });
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: arn(jobs.exhaustedQueue as Queue),
      FunctionName: stack.resolve(jobs.deadLetterHandler?.function.functionName),
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  test('[3.1] the sweeper runs every minute', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(1 minute)',
      Targets: [Match.objectLike({ Arn: stack.resolve(jobs.sweeper.function.functionArn) })],
    });
  });

  test('who comes without TLS is refused by queues and bucket', () => {
    const refused = (type: string) =>
      Object.values(template.findResources(type)).filter(({ Properties }) =>
        JSON.stringify(Properties.PolicyDocument).includes('"aws:SecureTransport":"false"'),
      );
    expect(refused('AWS::SQS::QueuePolicy')).toHaveLength(3);
    expect(refused('AWS::S3::BucketPolicy')).toHaveLength(1);
  });

  test('functions are told what they need and no more', () => {
    const told = (fn: { functionName: string }) =>
      Object.keys(environmentOf(template, stack.resolve(fn.functionName))).sort();
    expect(told(jobs.sweeper.function)).toEqual([
      'SERVING_JOB_DEAD_LETTER_QUEUE_URL',
      'SERVING_JOB_MAX_ATTEMPTS',
      'SERVING_JOB_QUEUE_URL',
      'SERVING_JOB_RETENTION_MS',
      'SERVING_JOB_SINKS',
      'SERVING_JOB_TABLE',
      'SERVING_PAYLOAD_BUCKET',
      'SERVING_SERVICE',
    ]);
    expect(environmentOf(template, stack.resolve(service.front.function.functionName))).toMatchObject({
      SERVING_DEADLINE_MS: '10000',
      SERVING_JOB_INLINE_BYTES: '8192',
      SERVING_JOB_MAX_UPLOAD_BYTES: `${100 * 1024 * 1024}`,
      SERVING_JOB_RETENTION_MS: '604800000',
      SERVING_JOB_TIMEOUT_MS: '3600000',
      SERVING_MAX_BODY_BYTES: `${4 * 1024 * 1024}`,
      SERVING_MODEL_DIR: 'model',
    });
  });
});

test('[X.7] every option of the jobs reaches its place', () => {
  const stack = newStack();
  const key = new Key(stack, 'Key');
  const { template, service } = asynchronous(
    {
      maxAttempts: 5,
      jobTimeout: Duration.days(2),
      resultRetention: Duration.days(7),
      inlineSize: Size.kibibytes(32),
      maxUploadSize: Size.mebibytes(10),
      sweepInterval: Duration.minutes(5),
      encryptionKey: key,
      corsOrigin: 'https://example.org',
    },
    stack,
  );
  const keyArn = stack.resolve(key.keyArn);
  template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(5 minutes)' });
  template.hasResourceProperties('AWS::DynamoDB::Table', { SSESpecification: { KMSMasterKeyId: keyArn } });
  template.resourcePropertiesCountIs('AWS::SQS::Queue', { KmsMasterKeyId: keyArn }, 3);
  template.hasResourceProperties('AWS::S3::Bucket', {
    LifecycleConfiguration: { Rules: Match.arrayWith([Match.objectLike({ ExpirationInDays: 11 })]) },
    CorsConfiguration: { CorsRules: [Match.objectLike({ AllowedOrigins: ['https://example.org'] })] },
  });
  const { worker, front } = service;
  expect(environmentOf(template, stack.resolve(worker.function.functionName))).toMatchObject({
    SERVING_JOB_MAX_ATTEMPTS: '5',
    SERVING_JOB_INLINE_BYTES: '32768',
  });
  expect(environmentOf(template, stack.resolve(front.function.functionName))).toMatchObject({
    SERVING_JOB_TIMEOUT_MS: `${2 * 86_400_000}`,
    SERVING_CORS_ORIGIN: 'https://example.org',
  });
});

test('table, bucket and queue of the user; FIFO: there is no queue for exhausted messages', () => {
  const stack = newStack();
  const table = new JobTable(stack, 'Jobs', { pointInTimeRecovery: true });
  const payloadBucket = new Bucket(stack, 'Payloads');
  const queue = new Queue(stack, 'Ordered', { fifo: true, visibilityTimeout: Duration.minutes(3) });
  const { service, template } = asynchronous({ table, payloadBucket, queue, batchSize: 10 }, stack);
  const { jobs } = service;
  expect(jobs).toMatchObject({ table, payloadBucket, queue });
  expect(jobs.exhaustedQueue).toBeUndefined();
  expect(jobs.deadLetterHandler).toBeUndefined();
  template.resourceCountIs('AWS::DynamoDB::Table', 1);
  template.resourceCountIs('AWS::S3::Bucket', 1);
  template.resourceCountIs('AWS::SQS::Queue', 2);
  template.resourceCountIs('AWS::Lambda::EventSourceMapping', 1);
});

test.each([
  [{ maxAttempts: 11 }, /maxAttempts must be a whole number from 1 to 10; got 11/],
  [{ jobTimeout: Duration.days(20) }, /jobTimeout must be from 1 s to 12 days; got 1728000 s/],
  [{ resultRetention: Duration.millis(10) }, /resultRetention must be from 1 s to 366 days; got 0\.01 s/],
  [{ inlineSize: Size.kibibytes(65) }, /inlineSize must be at most 64 KiB.*got 66560 bytes/],
  [{ maxUploadSize: Size.gibibytes(6) }, /maxUploadSize must be at most 5 GiB/],
  [{ sweepInterval: Duration.seconds(90) }, /sweepInterval must be whole minutes, at least one; got 90 s/],
  [{ submitDeadline: Duration.seconds(30) }, /submitDeadline must be between 500 ms and 29 s.*got 30000 ms/],
])('a wrong option is refused with the value it got: %j', (options, message) => {
  expect(() => asynchronous(options)).toThrow(message);
});
