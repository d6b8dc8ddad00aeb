/** Tokens of callers. */

/** Which tokens are let through. */
export interface JwtSettings {
  readonly issuer: string;
  /** The token is made for one of these. */
  readonly audience: readonly string[];
  /** Where the issuer publishes its keys. */
  readonly jwksUri: string;
  /** The token allows one of these; nothing is asked where there is none. */
  readonly scopes: readonly string[];
  readonly leewaySeconds: number;
}

/**
 * Where keys may be fetched from. Whoever can change them on the way can make tokens, so it is https; http reaches only
 * servers on the machine itself, of which a function on AWS has none.
 */
export const KEYS_URL = /^(https:\/\/[^\s/?#@]+|http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?)(\/[^\s#]*)?$/;
