import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, type ITable, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { BREAKER_TABLE } from '../../lambdas/shared/contract';
import { acknowledge } from '../acknowledgements';

/** Properties of a `BreakerTable`. */
export interface BreakerTableProps {
  /**
   * Key that encrypts the table.
   * @default - a key owned by AWS
   */
  readonly encryptionKey?: IKey;
  /**
   * What becomes of the table with its stack.
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** The table of a circuit break: its state, who asks the predictor now, and last results where they are the fallback. */
export class BreakerTable extends Table {
  public constructor(scope: Construct, id: string, props: BreakerTableProps = {}) {
    const { encryptionKey } = props;
    super(scope, id, {
      partitionKey: { name: BREAKER_TABLE.key, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: BREAKER_TABLE.ttl,
      encryption: encryptionKey ? TableEncryption.CUSTOMER_MANAGED : TableEncryption.DEFAULT,
      encryptionKey,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.DESTROY,
    });
    acknowledge(this, 'breakerTable');
  }
}

/** Allow `grantee` to use the rows, by their keys. */
export function grantBreaker(grantee: IGrantable, table: ITable, puts: boolean): void {
  const actions = ['dynamodb:GetItem', 'dynamodb:UpdateItem', ...(puts ? ['dynamodb:PutItem'] : [])];
  Grant.addToPrincipal({ grantee, actions, resourceArns: [table.tableArn] });
  table.encryptionKey?.grant(grantee, 'kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey');
}
