import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { RUN_TABLE } from '../../lambdas/shared/contract';

/** Properties of a `RunTable`. */
export interface RunTableProps {
  /**
   * Key that encrypts the table.
   * @default - a key owned by AWS
   */
  readonly encryptionKey?: IKey;
  /**
   * What becomes of the table with its stack. It is the account of what was predicted when.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** The table of runs: a row for each run and for each of its mini-jobs. */
export class RunTable extends Table {
  public constructor(scope: Construct, id: string, props: RunTableProps = {}) {
    const { encryptionKey } = props;
    super(scope, id, {
      partitionKey: { name: RUN_TABLE.key, type: AttributeType.STRING },
      sortKey: { name: RUN_TABLE.sortKey, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: RUN_TABLE.ttl,
      encryption: encryptionKey ? TableEncryption.CUSTOMER_MANAGED : TableEncryption.DEFAULT,
      encryptionKey,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
    const { byStart } = RUN_TABLE;
    this.addGlobalSecondaryIndex({
      indexName: byStart.name,
      partitionKey: { name: byStart.key, type: AttributeType.STRING },
      sortKey: { name: byStart.sortKey, type: AttributeType.NUMBER },
      projectionType: ProjectionType.ALL,
    });
  }
}
