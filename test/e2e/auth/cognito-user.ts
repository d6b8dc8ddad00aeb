import { AwsClient } from 'aws4fetch';
import { LOCAL_CREDENTIALS, type Target } from '../../../bin/local/target';

const Password = 'Corr3ct-horse';

/** The ID token of a new user of a Cognito user pool. */
export async function signIn(target: Target, pool: { poolId: string; clientId: string }): Promise<string> {
  const user = { UserPoolId: pool.poolId, Username: 'ada' };
  await cognito(target, 'AdminCreateUser', { ...user, MessageAction: 'SUPPRESS' });
  await cognito(target, 'AdminSetUserPassword', { ...user, Password, Permanent: true });
  const { AuthenticationResult } = await cognito(target, 'InitiateAuth', {
    ClientId: pool.clientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: user.Username, PASSWORD: Password },
  });
  return (AuthenticationResult as { IdToken: string }).IdToken;
}

async function cognito(target: Target, operation: string, input: object): Promise<Record<string, unknown>> {
  const client = new AwsClient({ ...LOCAL_CREDENTIALS, region: target.region, service: 'cognito-idp', retries: 0 });
  const answer = await client.fetch(target.endpointUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
    },
    body: JSON.stringify(input),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`Cognito ${operation}: ${answer.status} ${text}`);
  return JSON.parse(text || '{}');
}
