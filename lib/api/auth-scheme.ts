import { Duration, Token } from 'aws-cdk-lib';
import { AuthorizationType, CognitoUserPoolsAuthorizer, type MethodOptions } from 'aws-cdk-lib/aws-apigateway';
import type { IUserPool } from 'aws-cdk-lib/aws-cognito';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { KEYS_URL } from '../../lambdas/shared/contract';
import type { JwtOptions } from './auth';
import { JwtAuthorizer } from './jwt-authorizer';

/** What a way to authenticate needs to know of the API. */
export interface FrontOptions {
  readonly serviceName: string;
  readonly encryptionKey?: IKey;
  readonly logRetention?: RetentionDays;
}

/** A way to authenticate, as part of an API. */
export interface BoundScheme {
  /** What every method gets. */
  readonly method: MethodOptions;
  readonly jwtAuthorizer?: JwtAuthorizer;
}

/** A way to authenticate. */
export interface AuthScheme {
  /** Its name in `serving.yaml`. */
  readonly kind: string;
  /** Headers that a browser must be allowed to send. */
  readonly headers: readonly string[];
  bind(scope: Construct, options: FrontOptions): BoundScheme;
}

export function iamScheme(): AuthScheme {
  return {
    kind: 'iam',
    headers: ['authorization', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'],
    bind: () => ({ method: { authorizationType: AuthorizationType.IAM } }),
  };
}

export function noneScheme(): AuthScheme {
  return { kind: 'none', headers: [], bind: () => ({ method: { authorizationType: AuthorizationType.NONE } }) };
}

export function cognitoScheme(userPool: IUserPool, scopes?: string[]): AuthScheme {
  return {
    kind: 'cognito',
    headers: ['authorization'],
    bind(scope) {
      const authorizer = new CognitoUserPoolsAuthorizer(scope, 'CognitoAuthorizer', {
        cognitoUserPools: [userPool],
        resultsCacheTtl: Duration.minutes(1),
      });
      return {
        method: { authorizationType: AuthorizationType.COGNITO, authorizer, authorizationScopes: scopes },
      };
    },
  };
}

export function jwtScheme(jwt: JwtOptions): AuthScheme {
  return {
    kind: 'jwt',
    headers: ['authorization'],
    bind(scope, options) {
      const jwtAuthorizer = new JwtAuthorizer(scope, 'JwtAuthorizer', { ...options, ...jwt });
      const { authorizer } = jwtAuthorizer;
      return { method: { authorizationType: AuthorizationType.CUSTOM, authorizer }, jwtAuthorizer };
    },
  };
}

export function validateJwt({ issuer, audience, jwksUri, scopes, clockTolerance, cacheTtl }: JwtOptions): void {
  for (const [name, url] of Object.entries({ issuer, jwksUri })) {
    if (url !== undefined && !Token.isUnresolved(url) && !KEYS_URL.test(url)) {
      throw new Error(`auth.jwt.${name} must be an https URL (http for localhost alone); got ${JSON.stringify(url)}`);
    }
  }
  if (audience.length === 0 || audience.some((each) => !each)) {
    throw new Error(
      `auth.jwt.audience must name at least one audience, or tokens made for other services would be taken; got ${JSON.stringify(audience)}`,
    );
  }
  validateScopes('auth.jwt.scopes', scopes);
  atMost('auth.jwt.clockTolerance', clockTolerance, Duration.minutes(5));
  atMost('auth.jwt.cacheTtl', cacheTtl, Duration.hours(1));
}

export function validateScopes(name: string, scopes?: readonly string[]): void {
  if (scopes && (scopes.length === 0 || scopes.some((scope) => !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope)))) {
    throw new Error(`${name} must be scopes without spaces, at least one; got ${JSON.stringify(scopes)}`);
  }
}

function atMost(name: string, value: Duration | undefined, most: Duration): void {
  if (value === undefined || value.isUnresolved()) return;
  const seconds = value.toMilliseconds() / 1000;
  if (seconds > most.toSeconds() || !Number.isInteger(seconds)) {
    throw new Error(`${name} must be whole seconds, at most ${most.toSeconds()}; got ${seconds} s`);
  }
}
