import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { DataStore } from '../../index';
import { type Place, valueType } from './value-type';

/** Where data are, by an ARN or an address, which says what it is. */
export const storeValue = valueType<string, DataStore>({
  schema: {
    type: 'string',
    pattern:
      '^arn:[^:]+:dynamodb:[^:]+:[0-9]{12}:table/[^/]+(/stream/.+)?$|^arn:[^:]+:s3:::.+$|^https://[^\\s{}]+\\{id\\}[^\\s{}]*$',
  },
  allowed:
    'the ARN of a table (with its stream where it is prepared), of a bucket (arn:aws:s3:::<bucket>/<prefix>), or an https address with {id}',
  toCdk: storeOf,
});

function storeOf(written: string, { scope, id }: Place): DataStore {
  if (!written.startsWith('arn:')) return DataStore.http(written);
  if (written.split(':')[2] === 's3') {
    const [bucket = '', ...prefix] = written.split(':::')[1]?.split('/') ?? [];
    return DataStore.bucket(Bucket.fromBucketName(scope, id, bucket), { prefix: prefix.join('/') });
  }
  const [tableArn = written] = written.split('/stream/');
  const tableStreamArn = tableArn === written ? undefined : written;
  return DataStore.table(Table.fromTableAttributes(scope, id, { tableArn, tableStreamArn }));
}
