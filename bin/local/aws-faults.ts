import { LocalRunError } from './errors';

/** What the AWS SDK throws, as far as it is looked at. */
export interface AwsFault {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** What happened, and the way out. */
export type Meaning = readonly [message: string, hint: string];

const CREDENTIALS_HINT =
  'Log in as for the AWS command line (AWS_PROFILE, aws sso login, AWS_ACCESS_KEY_ID); an emulator is named with --endpoint.';
const UNREACHABLE = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ECONNRESET', 'ETIMEDOUT'];

/**
 * What AWS, or the way to it, said, in words for people; anything else as it is.
 *
 * @param own what only the caller can say; it goes before
 */
export function explainAws(error: unknown, own: (fault: AwsFault) => Meaning | undefined = () => undefined): unknown {
  if (error instanceof LocalRunError) return error;
  const fault = error as AwsFault;
  const [message, hint] = own(fault) ?? meaning(fault) ?? [];
  // An error for several addresses of one host has no message of its own.
  const detail = `${fault.name}: ${fault.message || fault.code}`;
  return message === undefined ? error : new LocalRunError(message, { detail, hint });
}

/** Whether nobody answered. */
export function isUnreachable({ code = '', name }: AwsFault): boolean {
  return UNREACHABLE.includes(code) || name === 'TimeoutError';
}

function meaning(fault: AwsFault): Meaning | undefined {
  const { name = '', message = '', $metadata } = fault;
  if (/CredentialsProvider|TokenProvider/.test(name)) return ['There are no AWS credentials.', CREDENTIALS_HINT];
  if (
    /Expired|InvalidAccessKeyId|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidToken/.test(name)
  ) {
    return ['AWS does not take the credentials.', CREDENTIALS_HINT];
  }
  if (/region is missing/i.test(message)) {
    return ['No AWS region is set.', 'Set it: AWS_REGION=…, or `region` of the environment in the configuration.'];
  }
  if ($metadata?.httpStatusCode === 403 || /^AccessDenied/.test(name)) {
    return ['These credentials may not do that.', 'What they need is in the --help of the command.'];
  }
  if (isUnreachable(fault)) return ['AWS does not answer.', 'Is the region right, and is there a network?'];
  return undefined;
}
