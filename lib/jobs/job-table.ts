import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { JOB_TABLE } from '../../lambdas/shared/contract';
import { acknowledge } from '../acknowledgements';

/** Properties of a `JobTable`. */
export interface JobTableProps {
  /**
   * Key that encrypts the table.
   * @default - a key owned by AWS
   */
  readonly encryptionKey?: IKey;
  /**
   * Whether the table can be restored to any second of the last 35 days. Jobs live for hours.
   * @default false
   */
  readonly pointInTimeRecovery?: boolean;
  /**
   * What becomes of the table with its stack.
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** The table of jobs: a row for each, which is the job. */
export class JobTable extends Table {
  public constructor(scope: Construct, id: string, props: JobTableProps = {}) {
    const { encryptionKey } = props;
    super(scope, id, {
      partitionKey: { name: JOB_TABLE.key, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: JOB_TABLE.ttl,
      encryption: encryptionKey ? TableEncryption.CUSTOMER_MANAGED : TableEncryption.DEFAULT,
      encryptionKey,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: props.pointInTimeRecovery ?? false },
      removalPolicy: props.removalPolicy ?? RemovalPolicy.DESTROY,
    });
    const { byOwner, byDue } = JOB_TABLE;
    this.addGlobalSecondaryIndex({
      indexName: byOwner.name,
      partitionKey: { name: byOwner.key, type: AttributeType.STRING },
      sortKey: { name: byOwner.sortKey, type: AttributeType.NUMBER },
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: [...byOwner.attributes],
    });
    this.addGlobalSecondaryIndex({
      indexName: byDue.name,
      partitionKey: { name: byDue.key, type: AttributeType.STRING },
      sortKey: { name: byDue.sortKey, type: AttributeType.NUMBER },
      projectionType: ProjectionType.KEYS_ONLY,
    });
    acknowledge(this, 'jobTable');
  }
}
