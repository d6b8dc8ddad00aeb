import { type AwsFault, explainAws, isUnreachable, type Meaning } from '../local/aws-faults';
import type { Destination } from './destination';

/** What S3, or the way to it, said, in words for people; anything else as it is. */
export function explainS3(error: unknown, destination: Destination): unknown {
  return explainAws(error, (fault) => meaning(fault, destination));
}

function meaning(fault: AwsFault, { bucket, prefix }: Destination): Meaning | undefined {
  const { name = '', message = '', $metadata, $response } = fault;
  if (/region is missing/i.test(message)) return ['No AWS region is set.', 'Set that of the bucket: AWS_REGION=…'];
  if (name === 'NoSuchBucket') {
    return [`There is no bucket ${bucket}.`, 'Create it with the stack whose functions read it, or correct the name.'];
  }
  if ($metadata?.httpStatusCode === 301 || name === 'AuthorizationHeaderMalformed') {
    const region = $response?.headers?.['x-amz-bucket-region'];
    return [
      `Bucket ${bucket} is in another region${region ? `: ${region}` : ''}.`,
      `Set it: AWS_REGION=${region ?? '…'}`,
    ];
  }
  // Without a body, as the answer to HEAD is, all that is known is the status.
  const refused = $metadata?.httpStatusCode === 403 && !/Expired|Invalid|SignatureDoesNotMatch/.test(name);
  if (refused) {
    return [
      `These credentials may not write to s3://${bucket}/${prefix}.`,
      `They need s3:PutObject, and to see what is there already s3:GetObject, on arn:aws:s3:::${bucket}/${prefix}/*; and the key of the bucket, if it has one.`,
    ];
  }
  if (isUnreachable(fault)) return ['S3 does not answer.', 'Is the endpoint, or the region, right?'];
  return undefined;
}
