import { Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from '../acknowledgements';

/** Allow `grantee` to do something with the objects whose keys begin with one of the prefixes. */
export function grantObjects(
  grantee: IGrantable,
  action: 's3:GetObject' | 's3:PutObject',
  bucket: IBucket,
  prefixes: readonly string[],
): Grant {
  const resourceArns = prefixes.map((prefix) => bucket.arnForObjects(`${prefix}*`));
  const { grantPrincipal: principal } = grantee;
  if (Construct.isConstruct(principal)) {
    const stack = Stack.of(principal);
    for (const arn of resourceArns) acknowledgeWildcard(principal, 'objects', written(stack.resolve(arn)));
  }
  return Grant.addToPrincipal({ grantee, actions: [action], resourceArns });
}

/** An ARN as cdk-nag writes it: `<Bucket.Arn>/jobs/*`. */
export function written(value: unknown): string {
  if (typeof value === 'string') return value;
  const {
    Ref,
    'Fn::GetAtt': attribute,
    'Fn::Join': join,
  } = value as {
    readonly Ref?: string;
    readonly 'Fn::GetAtt'?: readonly string[];
    readonly 'Fn::Join'?: readonly [string, readonly unknown[]];
  };
  if (join) return join[1].map(written).join(join[0]);
  return `<${attribute?.join('.') ?? Ref}>`;
}
