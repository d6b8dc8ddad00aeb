import { Duration, Size } from 'aws-cdk-lib';
import { SubnetType } from 'aws-cdk-lib/aws-ec2';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, test } from 'vitest';
import { OnFastFailure } from '../../lib';
import { VALUE_TYPES } from '../../lib/template/values';
import { enumLikeValue, enumValue } from '../../lib/template/values/value-type';
import { aPlace } from './stacks';

function toCdk(type: string, written: unknown): unknown {
  return VALUE_TYPES[type]?.toCdk(written, aPlace('value'));
}

describe('values of YAML become values of the CDK', () => {
  test.each([
    ['500ms', Duration.millis(500)],
    ['10s', Duration.seconds(10)],
    ['5m', Duration.minutes(5)],
    ['2h', Duration.hours(2)],
    ['7d', Duration.days(7)],
  ])('%s', (written, duration) => {
    expect((toCdk('aws-cdk-lib.Duration', written) as Duration).toMilliseconds()).toBe(duration.toMilliseconds());
  });

  test.each([
    ['512 KiB', Size.kibibytes(512)],
    ['512MiB', Size.mebibytes(512)],
    ['2 GiB', Size.gibibytes(2)],
  ])('%s', (written, size) => {
    expect((toCdk('aws-cdk-lib.Size', written) as Size).toBytes()).toBe(size.toBytes());
  });

  test('what exists is named by ARN or id', () => {
    const arn = 'arn:aws:kms:eu-central-1:123456789012:key/abc';
    expect(toCdk('aws-cdk-lib.aws_kms.IKey', arn)).toMatchObject({ keyArn: arn });
    const topicArn = 'arn:aws:sns:eu-central-1:123456789012:alarms';
    expect(toCdk('aws-cdk-lib.aws_sns.ITopic', topicArn)).toMatchObject({ topicArn });
    expect(toCdk('aws-cdk-lib.aws_ec2.ISecurityGroup', 'sg-0123abcd')).toMatchObject({
      securityGroupId: 'sg-0123abcd',
    });
  });

  test('what jobs are kept in, and who receives results', () => {
    const queueArn = 'arn:aws:sqs:eu-central-1:123456789012:ordered.fifo';
    expect(toCdk('aws-cdk-lib.aws_sqs.IQueue', queueArn)).toMatchObject({ queueArn, fifo: true });
    const tableArn = 'arn:aws:dynamodb:eu-central-1:123456789012:table/jobs';
    expect(toCdk('aws-cdk-lib.aws_dynamodb.ITable', tableArn)).toMatchObject({ tableArn });
    expect(toCdk('aws-cdk-lib.aws_s3.IBucket', 'payloads')).toMatchObject({ bucketName: 'payloads' });
    expect(toCdk('cdk-ml-serving.OnFastFailure', 'fail')).toBe(OnFastFailure.FAIL);
  });

  test.each([
    ['arn:aws:sns:eu-central-1:123456789012:results', { kind: 'sns' }],
    ['arn:aws:sqs:eu-central-1:123456789012:results', { kind: 'sqs' }],
    ['arn:aws:events:eu-central-1:123456789012:event-bus/results', { kind: 'eventbridge', busName: 'results' }],
    ['arn:aws:s3:::results/digits/', { kind: 's3', bucket: 'results', prefix: 'digits/' }],
    ['arn:aws:s3:::results', { kind: 's3', bucket: 'results', prefix: 'results/' }],
  ])('[3.8] a sink is its ARN: %s', (arn, settings) => {
    expect(toCdk('cdk-ml-serving.ResultSink', arn)).toMatchObject({ _settings: settings });
  });

  test('choices by name', () => {
    expect(toCdk('aws-cdk-lib.aws_logs.RetentionDays', 30)).toBe(RetentionDays.ONE_MONTH);
    expect(toCdk('aws-cdk-lib.aws_logs.RetentionDays', 'forever')).toBe(RetentionDays.INFINITE);
    expect(toCdk('aws-cdk-lib.aws_lambda.Architecture', 'x86_64')).toMatchObject({ name: 'x86_64' });
    expect(toCdk('cdk-ml-serving.Auth', 'none')).toMatchObject({ _kind: 'none' });
    expect(toCdk('aws-cdk-lib.aws_ec2.SubnetSelection', 'public')).toEqual({ subnetType: SubnetType.PUBLIC });
  });

  test('an enum is written in kebab-case, whatever its values are', () => {
    enum Strategy {
      LOOKUP_FIRST = 0,
      CONCURRENT = 1,
    }
    const { schema, allowed, toCdk: convert, toYaml } = enumValue(Strategy);
    expect(schema).toEqual({ enum: ['lookup-first', 'concurrent'] });
    expect(allowed).toBe('one of lookup-first, concurrent');
    expect(convert('lookup-first', aPlace('value'))).toBe(Strategy.LOOKUP_FIRST);
    expect(toYaml?.(Strategy.CONCURRENT)).toBe('concurrent');
  });

  test('a variant with arguments is not silently left out', () => {
    abstract class Variant {
      static jwt(issuer: string) {
        return issuer;
      }
    }
    expect(() => enumLikeValue(Variant)).toThrow('Variant.jwt takes arguments: give Variant a value type of its own');
  });
});
