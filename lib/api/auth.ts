import type { Duration } from 'aws-cdk-lib';
import type { IUserPool } from 'aws-cdk-lib/aws-cognito';
import { validateApiKey } from './api-key-plan';
import {
  type AuthScheme,
  cognitoScheme,
  iamScheme,
  jwtScheme,
  noneScheme,
  validateJwt,
  validateScopes,
} from './auth-scheme';

/** Whose tokens an API takes, and for whom they must be made. */
export interface JwtOptions {
  /** Who makes the tokens: the claim `iss`, to the letter. An https URL, such as `https://accounts.google.com`. */
  readonly issuer: string;
  /** For whom: the claim `aud` must hold one of these. */
  readonly audience: string[];
  /**
   * Where the issuer publishes its keys. https, but for a server on this machine (`http://localhost:8080/keys`).
   * @default - `<issuer>/.well-known/jwks.json`
   */
  readonly jwksUri?: string;
  /**
   * What the caller must be allowed to do: the claim `scope` (or `scp`) must hold one of these, else 403.
   * @default - nothing is asked
   */
  readonly scopes?: string[];
  /**
   * How far the clocks of the issuer and of AWS may differ. At most 5 minutes.
   * @default Duration.seconds(10)
   */
  readonly clockTolerance?: Duration;
  /**
   * How long API Gateway remembers its verdict on a token, at most an hour. A token that expires is let in for this
   * long after.
   * @default Duration.minutes(1)
   */
  readonly cacheTtl?: Duration;
}

/** What one API key may do, and who has one. */
export interface ApiKeyOptions {
  /**
   * Names of the callers: each gets an API key of its own. More can be added to `InferenceApi.usagePlan`.
   * @default - one key
   */
  readonly callers?: string[];
  /**
   * Requests per second in the long run, for each key.
   * @default - what the API lets through
   */
  readonly rate?: number;
  /**
   * Requests at once above the rate, for each key.
   * @default - what the API lets through
   */
  readonly burst?: number;
  /**
   * Requests per day, for each key.
   * @default - no quota
   */
  readonly quotaPerDay?: number;
}

/** Who may call an API. */
export class Auth {
  /** AWS IAM: callers sign with SigV4 and need `execute-api:Invoke` on the API. The default. */
  public static iam(): Auth {
    return new Auth(iamScheme());
  }

  /** Anyone. For a demo, or behind something else that keeps callers out. It has to be written. */
  public static none(): Auth {
    return new Auth(noneScheme());
  }

  /**
   * The users of a Cognito user pool, whichever app client they signed in with. API Gateway checks the token itself.
   *
   * @param scopes what the caller must be allowed to do (one of them), which asks for an access token; without, an ID
   * token is asked for
   */
  public static cognito(userPool: IUserPool, scopes?: string[]): Auth {
    validateScopes('auth.cognito.scopes', scopes);
    return new Auth(cognitoScheme(userPool, scopes));
  }

  /** Callers with a token of any OpenID Connect issuer, checked by a Lambda authorizer. */
  public static jwt(options: JwtOptions): Auth {
    validateJwt(options);
    return new Auth(jwtScheme(options));
  }

  /**
   * Anyone with an API key of this API, within the limits of the key. A key tells callers apart, for limits and bills;
   * it is a password that never changes and proves nothing else. Where that is not enough: `Auth.iam().withApiKey()`.
   */
  public static apiKey(options: ApiKeyOptions = {}): Auth {
    validateApiKey(options);
    return new Auth(noneScheme(), options);
  }

  private constructor(
    /** @internal */
    public readonly _scheme: AuthScheme,
    /** @internal Limits by key, where an API key is asked for. */
    public readonly _apiKey?: ApiKeyOptions,
  ) {}

  /** The same, and the caller needs an API key besides: limits for each caller. */
  public withApiKey(options: ApiKeyOptions = {}): Auth {
    if (this._kind === 'none') {
      throw new Error('auth: Auth.none() asks for nothing. To ask for an API key alone, write Auth.apiKey().');
    }
    if (this._apiKey) throw new Error('auth asks for an API key already; withApiKey() was called twice');
    validateApiKey(options);
    return new Auth(this._scheme, options);
  }

  /** @internal Name of the choice, as in `serving.yaml`. */
  public get _kind(): string {
    const { kind } = this._scheme;
    if (!this._apiKey) return kind;
    return kind === 'none' ? 'apiKey' : `${kind}+apiKey`;
  }
}
