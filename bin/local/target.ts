/** The emulator that is deployed to, whoever started it. */
export interface Target {
  readonly endpointUrl: string;
  readonly region: string;
  readonly account: string;
}

/** Every local emulator takes these; the embedded one treats them as the account's root. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' } as const;

export function targetAt(endpointUrl: string): Target {
  return { endpointUrl: endpointUrl.replace(/\/+$/, ''), region: 'us-east-1', account: '000000000000' };
}

/** Settings of any AWS SDK client. */
export function clientConfig(target: Target) {
  return {
    endpoint: target.endpointUrl,
    region: target.region,
    credentials: LOCAL_CREDENTIALS,
    forcePathStyle: true,
    maxAttempts: 2,
  };
}

/** What a child process needs so that the AWS SDK and the CDK talk to the emulator and to nothing else. */
export function targetEnvironment(target: Target): Record<string, string> {
  const url = new URL(target.endpointUrl);
  if (url.hostname === 'localhost') {
    // With an address for a host the SDK puts the bucket into the path; `bucket.localhost` resolves only here and there.
    url.hostname = '127.0.0.1';
  }
  const byAddress = url.origin;
  return {
    AWS_ENDPOINT_URL: byAddress,
    AWS_ENDPOINT_URL_S3: byAddress,
    AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
    AWS_REGION: target.region,
    AWS_DEFAULT_REGION: target.region,
    CDK_DEFAULT_ACCOUNT: target.account,
    CDK_DEFAULT_REGION: target.region,
    // an own configuration could name a profile that does not exist here
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** The part of the user's environment that child processes may see: no AWS setting of theirs. */
export function withoutAwsSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(AWS|CDK)_/.test(name)));
}

/** Whether anything answers there, whatever it says. */
export async function answers(endpointUrl: string): Promise<boolean> {
  return fetch(endpointUrl, { signal: AbortSignal.timeout(10_000) }).then(
    () => true,
    () => false,
  );
}
