import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { reasonOf } from '../shared/errors';
import type { RequestLog } from '../shared/telemetry/request-log';
import { KeysUnavailable } from './fetch-keys';
import { type Caller, TokenRefused } from './verify-token';

export interface Authorizer {
  readonly verifier: { verify(token: string): Promise<Caller> };
  /** The caller must be allowed one of these, if there are any. */
  readonly scopes: readonly string[];
  readonly log: Pick<RequestLog, 'event'>;
}

/**
 * A request -> whether its caller may go on. API Gateway answers 401 when this throws `Unauthorized`, 403 when the
 * policy denies, 503 when anything else is thrown.
 */
export async function authorize(
  event: APIGatewayRequestAuthorizerEvent,
  { verifier, scopes, log }: Authorizer,
): Promise<APIGatewayAuthorizerResult> {
  const started = performance.now();
  const record = (status: number, error?: unknown) =>
    log.event('authorize', {
      requestId: event.requestContext?.requestId,
      status,
      reason: error === undefined ? undefined : reasonOf(error),
      latencyMs: Math.round((performance.now() - started) * 1000) / 1000,
    });
  try {
    const caller = await verifier.verify(bearerTokenOf(event));
    const allowed = scopes.length === 0 || scopes.some((scope) => caller.scopes.includes(scope));
    record(allowed ? 200 : 403, allowed ? undefined : new Error(`none of the scopes ${scopes.join(', ')}`));
    return verdict(allowed ? 'Allow' : 'Deny', caller, event.methodArn);
  } catch (error) {
    if (error instanceof TokenRefused) {
      record(401, error);
      throw new Error('Unauthorized');
    }
    record(503, error);
    throw new Error(error instanceof KeysUnavailable ? 'KeysUnavailable' : 'AuthorizerFailed');
  }
}

function bearerTokenOf({ headers }: APIGatewayRequestAuthorizerEvent): string {
  const name = Object.keys(headers ?? {}).find((key) => key.toLowerCase() === 'authorization');
  const [, token] = /^Bearer +(\S+)$/i.exec((name && headers?.[name]) || '') ?? [];
  if (!token) throw new TokenRefused('no bearer token');
  return token;
}

/** For every route of the stage: the gateway remembers the verdict by token and asks it for other routes too. */
function verdict(Effect: 'Allow' | 'Deny', { subject, scopes }: Caller, methodArn: string): APIGatewayAuthorizerResult {
  const [api, stage] = methodArn.split('/');
  return {
    principalId: subject,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect, Resource: `${api}/${stage}/*` }],
    },
    context: { scope: scopes.join(' ') },
  };
}
