import { Duration, Size } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { InterfaceVpcEndpoint, type IVpc, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import {
  BatchFormat,
  BatchOverlap,
  BatchRetry,
  CachedData,
  CacheStrategy,
  Dependency,
  OnFastFailure,
  ParallelPolicy,
} from '../../index';
import { aggregationValue } from './aggregation';
import { authValue } from './auth';
import { batchScheduleValue } from './batch-schedule';
import { fallbackValue } from './fallback';
import { hookValue } from './hook';
import { modelValue } from './model';
import { predictorValue } from './predictor';
import { sinkValue } from './sink';
import { storeValue } from './store';
import { transformValue } from './transform';
import { choice, enumValue, type ValueType, valueType } from './value-type';

export type { JsonSchema, Place, ValueType } from './value-type';

const duration = valueType<string, Duration>({
  schema: { type: 'string', pattern: '^[1-9][0-9]*(ms|s|m|h|d)$' },
  allowed: 'a duration such as "500ms", "10s", "5m", "2h" or "7d"',
  cdk: Duration,
  toCdk(written) {
    const amount = Number.parseInt(written, 10);
    const unit = written.replace(/^\d+/, '');
    const units: Record<string, (amount: number) => Duration> = {
      ms: Duration.millis,
      s: Duration.seconds,
      m: Duration.minutes,
      h: Duration.hours,
    };
    return (units[unit] ?? Duration.days)(amount);
  },
  toYaml(value) {
    const ms = value.toMilliseconds();
    return ms % 1000 ? `${ms}ms` : `${ms / 1000}s`;
  },
});

const size = valueType<string, Size>({
  schema: { type: 'string', pattern: '^[1-9][0-9]* ?(KiB|MiB|GiB)$' },
  allowed: 'a size such as "512 KiB", "1769 MiB" or "2 GiB"',
  cdk: Size,
  toCdk(written) {
    const amount = Number.parseInt(written, 10);
    if (written.endsWith('KiB')) return Size.kibibytes(amount);
    return written.endsWith('MiB') ? Size.mebibytes(amount) : Size.gibibytes(amount);
  },
  toYaml(value) {
    const kibibytes = value.toKibibytes();
    return kibibytes % 1024 ? `${kibibytes} KiB` : `${kibibytes / 1024} MiB`;
  },
});

const architecture = choice(
  new Map([Architecture.ARM_64, Architecture.X86_64].map((each) => [each.name, each])),
  Architecture,
);

const days = Object.values(RetentionDays).filter((value): value is RetentionDays => typeof value === 'number');
const retentionDays = {
  ...choice(new Map(days.map((value) => [value === RetentionDays.INFINITE ? 'forever' : value, value])), RetentionDays),
  allowed: `a number of days, one of ${days.filter((value) => value !== RetentionDays.INFINITE).join(', ')}, or forever`,
};

const subnets = new Map(
  Object.entries({
    'private-with-egress': SubnetType.PRIVATE_WITH_EGRESS,
    'private-isolated': SubnetType.PRIVATE_ISOLATED,
    public: SubnetType.PUBLIC,
  }).map(([name, subnetType]) => [name, { subnetType }]),
);

/** Something that exists already, by its ARN or id. */
function existing(pattern: string, allowed: string, toCdk: ValueType['toCdk']): ValueType {
  return { schema: { type: 'string', pattern }, allowed, toCdk };
}

/**
 * How the types of the constructs' props are written in `serving.yaml`, by their name in the jsii assembly. A type that
 * is missing here fails the build. Strings, numbers, booleans, lists, maps and our own structs need no entry.
 */
export const VALUE_TYPES: Readonly<Record<string, ValueType>> = {
  'aws-cdk-lib.Duration': duration,
  'aws-cdk-lib.Size': size,
  'aws-cdk-lib.aws_certificatemanager.ICertificate': existing(
    '^arn:[^:]+:acm:[^:]+:[0-9]{12}:certificate/.+$',
    'the ARN of a certificate: arn:aws:acm:<region>:<account>:certificate/<id>',
    (arn, place) => Certificate.fromCertificateArn(place.scope, place.id, arn as string),
  ),
  'aws-cdk-lib.aws_dynamodb.ITable': existing(
    '^arn:[^:]+:dynamodb:[^:]+:[0-9]{12}:table/.+$',
    'the ARN of a table: arn:aws:dynamodb:<region>:<account>:table/<name>',
    (arn, place) => Table.fromTableArn(place.scope, place.id, arn as string),
  ),
  'aws-cdk-lib.aws_ec2.ISecurityGroup': existing(
    '^sg-([0-9a-f]{8}|[0-9a-f]{17})$',
    'the id of a security group, such as sg-0123456789abcdef0',
    (id, place) => SecurityGroup.fromSecurityGroupId(place.scope, place.id, id as string),
  ),
  'aws-cdk-lib.aws_ec2.IVpc': existing(
    '^vpc-([0-9a-f]{8}|[0-9a-f]{17})$',
    'the id of a VPC, such as vpc-0123456789abcdef0',
    (vpcId, place): IVpc => Vpc.fromLookup(place.scope, place.id, { vpcId: vpcId as string }),
  ),
  'aws-cdk-lib.aws_ec2.IVpcEndpoint': existing(
    '^vpce-([0-9a-f]{8}|[0-9a-f]{17})$',
    'the id of a VPC endpoint, such as vpce-0123456789abcdef0',
    (vpcEndpointId, place) =>
      InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(place.scope, place.id, {
        vpcEndpointId: vpcEndpointId as string,
        port: 443,
      }),
  ),
  'aws-cdk-lib.aws_ec2.SubnetSelection': choice(subnets),
  'aws-cdk-lib.aws_kms.IKey': existing(
    '^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$',
    'the ARN of a KMS key: arn:aws:kms:<region>:<account>:key/<id>',
    (arn, place) => Key.fromKeyArn(place.scope, place.id, arn as string),
  ),
  'aws-cdk-lib.aws_lambda.Architecture': architecture,
  'aws-cdk-lib.aws_logs.RetentionDays': retentionDays,
  'aws-cdk-lib.aws_s3.IBucket': existing('^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$', 'the name of a bucket', (name, place) =>
    Bucket.fromBucketName(place.scope, place.id, name as string),
  ),
  'aws-cdk-lib.aws_sns.ITopic': existing(
    '^arn:[^:]+:sns:[^:]+:[0-9]{12}:[A-Za-z0-9_-]+$',
    'the ARN of an SNS topic: arn:aws:sns:<region>:<account>:<name>',
    (arn, place) => Topic.fromTopicArn(place.scope, place.id, arn as string),
  ),
  'aws-cdk-lib.aws_sqs.IQueue': existing(
    '^arn:[^:]+:sqs:[^:]+:[0-9]{12}:[\\w-]+(\\.fifo)?$',
    'the ARN of a queue: arn:aws:sqs:<region>:<account>:<name>',
    (arn, place) => Queue.fromQueueArn(place.scope, place.id, arn as string),
  ),
  'cdk-ml-serving.Aggregation': aggregationValue,
  'cdk-ml-serving.Auth': authValue,
  'cdk-ml-serving.Fallback': fallbackValue,
  'cdk-ml-serving.CachedData': enumValue(CachedData),
  'cdk-ml-serving.CacheStrategy': enumValue(CacheStrategy),
  'cdk-ml-serving.DataStore': storeValue,
  'cdk-ml-serving.BatchFormat': enumValue(BatchFormat),
  'cdk-ml-serving.BatchOverlap': enumValue(BatchOverlap),
  'cdk-ml-serving.BatchRetry': enumValue(BatchRetry),
  'cdk-ml-serving.BatchSchedule': batchScheduleValue,
  'cdk-ml-serving.Dependency': enumValue(Dependency),
  'cdk-ml-serving.Hook': hookValue,
  'cdk-ml-serving.IPredictor': predictorValue,
  'cdk-ml-serving.Model': modelValue,
  'cdk-ml-serving.OnFastFailure': enumValue(OnFastFailure),
  'cdk-ml-serving.ParallelPolicy': enumValue(ParallelPolicy),
  'cdk-ml-serving.ResultSink': sinkValue,
  'cdk-ml-serving.Transform': transformValue,
};

/** Types that only code can give: props of these types are no keys of an entry. */
export const NOT_IN_YAML: readonly string[] = [];
