import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { CACHE_TABLE } from '../../lambdas/shared/contract';
import { acknowledge } from '../acknowledgements';

/** Properties of a `CacheTable`. */
export interface CacheTableProps {
  /**
   * Key that encrypts the table.
   * @default - a key owned by AWS
   */
  readonly encryptionKey?: IKey;
  /**
   * What becomes of the table with its stack. What is in it can be made again.
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** The table of a cache: a row for each entry, for each lease, and one for what was invalidated. */
export class CacheTable extends Table {
  public constructor(scope: Construct, id: string, props: CacheTableProps = {}) {
    const { encryptionKey } = props;
    super(scope, id, {
      partitionKey: { name: CACHE_TABLE.key, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: CACHE_TABLE.ttl,
      encryption: encryptionKey ? TableEncryption.CUSTOMER_MANAGED : TableEncryption.DEFAULT,
      encryptionKey,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.DESTROY,
    });
    acknowledge(this, 'cacheTable');
  }
}
