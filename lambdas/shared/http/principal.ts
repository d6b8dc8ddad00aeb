import type { APIGatewayProxyEvent } from 'aws-lambda';

/** Whom everyone is where nobody is asked. */
export const ANYONE = 'anyone';

/**
 * Who called, as the gateway checked it: IAM user or role, subject of a token, API key.
 *
 * Of an assumed role the session's name is left out: it differs each time the same workload signs in.
 */
export function principalOf({ requestContext }: APIGatewayProxyEvent): string {
  const { authorizer, identity } = requestContext ?? {};
  const subject = authorizer?.principalId ?? authorizer?.claims?.sub;
  if (subject) return `subject:${subject}`;
  if (identity?.userArn)
    return `iam:${identity.userArn.replace(/^(arn:[^:]+:sts::\d+:assumed-role\/[^/]+)\/.*$/, '$1')}`;
  if (identity?.apiKeyId) return `key:${identity.apiKeyId}`;
  return ANYONE;
}
