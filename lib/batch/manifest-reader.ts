import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IItemReader } from 'aws-cdk-lib/aws-stepfunctions';

/**
 * Reads the list of mini-jobs that the step before has written. The CDK's own reader may read the whole bucket, this one
 * what lies below the prefix of the results.
 */
export class ManifestReader implements IItemReader {
  public readonly resource = 'arn:aws:states:::s3:getObject';

  public constructor(
    public readonly bucket: IBucket,
    private readonly prefix: string,
  ) {}

  public render(): object {
    return {
      Resource: this.resource,
      ReaderConfig: { InputType: 'JSON' },
      Parameters: { 'Bucket.$': '$.plan.bucket', 'Key.$': '$.plan.key' },
    };
  }

  public providePolicyStatements(): PolicyStatement[] {
    const resources = [this.bucket.arnForObjects(`${this.prefix}*`)];
    return [new PolicyStatement({ actions: ['s3:GetObject'], resources })];
  }

  public validateItemReader(): string[] {
    return [];
  }
}
