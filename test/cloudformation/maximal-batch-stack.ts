import { Duration, Size, type Stack } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Batch, BatchFormat, BatchOverlap, BatchRetry, BatchSchedule, Hook, Model } from '../../lib';

/** Every option of a batch at least once. */
export function addMaximalBatch(stack: Stack): void {
  const iris = Model.fromAsset('models/iris');
  const encryptionKey = new Key(stack, 'Key');
  new Batch(stack, 'Everything', {
    model: iris,
    serviceName: 'everything',
    schedule: BatchSchedule.cron('0 2 * * ? *'),
    timeZone: 'Europe/Berlin',
    flexibleWindow: Duration.minutes(15),
    daysBack: 1,
    overlap: BatchOverlap.QUEUE,
    input: 'days/{date}/',
    outputPrefix: 'scores/',
    format: BatchFormat.CSV,
    delimiter: ';',
    multiline: false,
    idColumn: 'id',
    join: true,
    joinColumns: ['species'],
    outputs: ['label'],
    chunkRows: 1000,
    chunkSize: Size.mebibytes(4),
    rowsPerRun: 32,
    maxConcurrency: 20,
    chunkTimeout: Duration.minutes(5),
    retry: BatchRetry.ALL,
    maxAttempts: 2,
    toleratedFailurePercentage: 1,
    deadline: Duration.hours(2),
    expectedRows: 1_000_000,
    heartbeatIntervals: 3,
    runRetention: Duration.days(30),
    memory: Size.mebibytes(2048),
    ephemeralStorage: Size.gibibytes(1),
    architecture: Architecture.X86_64,
    encryptionKey,
    vpc: new Vpc(stack, 'Vpc'),
    logRetention: RetentionDays.ONE_WEEK,
    alarmTopic: new Topic(stack, 'Alarms'),
    monthlyBudget: { emails: ['ops@example.org'], amountUsd: 50 },
  });
  const bucket = new Bucket(stack, 'Data');
  new Batch(stack, 'Own', {
    model: iris,
    inputBucket: bucket,
    outputBucket: bucket,
    schedule: BatchSchedule.rate(Duration.hours(1)),
    retry: BatchRetry.NONE,
    preprocess: Hook.fromAsset('test/fixtures/hooks/lengths.mjs'),
    postprocess: Hook.fromAsset('test/fixtures/hooks/species.mjs'),
    dashboard: false,
  });
  new Batch(stack, 'Once', { model: iris, schedule: BatchSchedule.at('2030-01-31T02:00:00') });
}
