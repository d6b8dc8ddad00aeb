import { Duration, Size } from 'aws-cdk-lib';
import { IdentitySource, RequestAuthorizer } from 'aws-cdk-lib/aws-apigateway';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ENV, type JwtSettings } from '../../lambdas/shared/contract';
import { acknowledge } from '../acknowledgements';
import { addFunction } from '../functions/function-parts';
import { handlerCode } from '../functions/handler-code';
import type { JwtOptions } from './auth';

/** Properties of a `JwtAuthorizer`. */
export interface JwtAuthorizerProps extends JwtOptions {
  /** Name of the service in the logs. */
  readonly serviceName: string;
  /**
   * Key that encrypts the function's environment and its logs.
   * @default - keys owned by AWS
   */
  readonly encryptionKey?: IKey;
  /**
   * How long logs are kept.
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;
}

/**
 * Lets through callers with a valid token: signature, issuer, audience, time and scope are checked in a function of
 * its own, before anything of the service runs. `Auth.jwt()` makes one.
 *
 * Source: RFC 7519 (JWT), RFC 8725 (best current practices)
 */
export class JwtAuthorizer extends Construct {
  /** The function that checks tokens. */
  public readonly function: LambdaFunction;
  /** The function's role: it may write its own logs and nothing else. */
  public readonly role: IRole;
  /** The function's log group: one line for each token that was checked. */
  public readonly logGroup: LogGroup;
  /** The authorizer of the REST API. */
  public readonly authorizer: RequestAuthorizer;

  public constructor(scope: Construct, id: string, props: JwtAuthorizerProps) {
    super(scope, id);
    const settings: JwtSettings = {
      issuer: props.issuer,
      audience: props.audience,
      jwksUri: props.jwksUri ?? `${props.issuer.replace(/\/$/, '')}/.well-known/jwks.json`,
      scopes: props.scopes ?? [],
      leewaySeconds: (props.clockTolerance ?? Duration.seconds(10)).toSeconds(),
    };
    const parts = addFunction(this, {
      serviceName: props.serviceName,
      encryptionKey: props.encryptionKey,
      logRetention: props.logRetention,
      code: handlerCode('authorize'),
      description: `Checks tokens of ${props.issuer} for ${props.serviceName}`,
      roleDescription: `Checks the tokens of callers of ${props.serviceName}`,
      memory: Size.mebibytes(512),
      // Longer than the one request it makes, for the keys.
      timeout: Duration.seconds(5),
      environment: { [ENV.jwt]: JSON.stringify(settings) },
    });
    this.logGroup = parts.logGroup;
    this.role = parts.role;
    this.function = parts.function;
    this.authorizer = new RequestAuthorizer(this, 'Authorizer', {
      handler: this.function,
      // Without the header the gateway answers 401 and runs nothing.
      identitySources: [IdentitySource.header('Authorization')],
      resultsCacheTtl: props.cacheTtl ?? Duration.minutes(1),
    });
    acknowledge(this.function, 'authorizer');
  }
}
