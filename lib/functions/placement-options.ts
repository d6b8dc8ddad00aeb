import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';

/** Where functions run, and how what they keep is kept. */
export interface PlacementOptions {
  /**
   * Key that encrypts the functions' environment, their logs and what the service stores. Its policy must let
   * CloudWatch Logs use it.
   * @default - keys owned by AWS
   */
  readonly encryptionKey?: IKey;
  /**
   * Network the functions are placed in. What they use must be reachable from there: a model loaded from S3 needs a
   * route to S3 (gateway endpoint), jobs need DynamoDB, S3 and SQS.
   * @default - no VPC
   */
  readonly vpc?: IVpc;
  /**
   * Subnets within the VPC.
   * @default - the private ones
   */
  readonly vpcSubnets?: SubnetSelection;
  /**
   * Security groups within the VPC.
   * @default - a new one
   */
  readonly securityGroups?: ISecurityGroup[];
  /**
   * How long logs are kept.
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;
}

/** @internal Of options that hold more, which may be for another function, those of a placement. */
export function placementOf(options: PlacementOptions): PlacementOptions {
  const { encryptionKey, vpc, vpcSubnets, securityGroups, logRetention } = options;
  return { encryptionKey, vpc, vpcSubnets, securityGroups, logRetention };
}
