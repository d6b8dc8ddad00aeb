import { LocalRunError } from '../local/errors';
import type { Destination } from './destination';

interface S3Fault {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

const CREDENTIALS_HINT =
  'Log in as for the AWS command line (AWS_PROFILE, aws sso login, AWS_ACCESS_KEY_ID); an emulator is named with --endpoint.';

/** What S3, or the way to it, said, in words for people; anything else as it is. */
export function explainS3(error: unknown, destination: Destination): unknown {
  const fault = error as S3Fault;
  const says = `${fault.name}: ${fault.message}`;
  const [message, hint] = meaning(fault, destination) ?? [];
  return message === undefined ? error : new LocalRunError(message, { detail: says, hint });
}

function meaning(fault: S3Fault, { bucket, prefix }: Destination): readonly [string, string] | undefined {
  const { name = '', message = '', code = '', $metadata, $response } = fault;
  if (/CredentialsProvider|TokenProvider/.test(name)) return ['There are no AWS credentials.', CREDENTIALS_HINT];
  if (/Expired|InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken/.test(name)) {
    return ['AWS does not take the credentials.', CREDENTIALS_HINT];
  }
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
  if ($metadata?.httpStatusCode === 403) {
    return [
      `These credentials may not write to s3://${bucket}/${prefix}.`,
      `They need s3:PutObject, and to see what is there already s3:GetObject, on arn:aws:s3:::${bucket}/${prefix}/*; and the key of the bucket, if it has one.`,
    ];
  }
  const unreachable = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ECONNRESET', 'ETIMEDOUT'].includes(code);
  if (unreachable || name === 'TimeoutError') return ['S3 does not answer.', 'Is the endpoint, or the region, right?'];
  return undefined;
}
