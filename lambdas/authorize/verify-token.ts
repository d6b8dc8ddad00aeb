import {
  JwksValidationError,
  JwkValidationError,
  JwtBaseError,
  JwtExpiredError,
  JwtInvalidAudienceError,
  JwtInvalidIssuerError,
  JwtInvalidSignatureAlgorithmError,
  JwtInvalidSignatureError,
  JwtNotBeforeError,
  JwtParseError,
  JwtWithoutValidKidError,
  KidNotFoundInJwksError,
  WaitPeriodNotYetEndedJwkError,
} from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import type { JwtPayload } from 'aws-jwt-verify/jwt-model';
import { JwtVerifier } from 'aws-jwt-verify/jwt-verifier';
import type { JwtSettings } from '../shared/contract';
import { fetchKeys, KeysUnavailable } from './fetch-keys';

/** After this time keys are fetched again, so that one the issuer has withdrawn is not trusted for long. */
const KEYS_FRESH_MS = 15 * 60_000;

/** The token is not one of those that are let through. Its message is for the log: it says nothing of the token. */
export class TokenRefused extends Error {}

/** Who calls, by a token that was checked. */
export interface Caller {
  /** The claim `sub`. */
  readonly subject: string;
  readonly scopes: readonly string[];
}

/** Checks tokens with the keys of their issuer, which it keeps. */
export class TokenVerifier {
  readonly #verifier;
  #fetchedMs = Date.now();

  constructor({ issuer, audience, jwksUri, leewaySeconds }: JwtSettings) {
    const jwksCache = new SimpleJwksCache({ fetcher: { fetch: fetchKeys } });
    this.#verifier = JwtVerifier.create(
      { issuer, audience: [...audience], jwksUri, graceSeconds: leewaySeconds },
      { jwksCache },
    );
  }

  /**
   * @throws TokenRefused
   * @throws KeysUnavailable
   */
  async verify(token: string): Promise<Caller> {
    await this.#refreshKeys();
    const payload = await this.#verifier.verify(token).catch((error: unknown) => {
      if (error instanceof JwksValidationError || error instanceof JwkValidationError) {
        throw new KeysUnavailable('the issuer publishes something else than keys', { cause: error });
      }
      throw error instanceof JwtBaseError ? new TokenRefused(reasonFor(error)) : error;
    });
    return callerOf(payload);
  }

  async #refreshKeys(): Promise<void> {
    if (Date.now() - this.#fetchedMs < KEYS_FRESH_MS) return;
    this.#fetchedMs = Date.now();
    // Where the issuer does not answer, the keys it had are better than none.
    await this.#verifier.hydrate().catch(() => undefined);
  }
}

/** Why a token is refused, in words of ours: the library's quote the token's claims. */
const REASONS = [
  [JwtParseError, 'not a JWT'],
  [JwtInvalidSignatureError, 'wrong signature'],
  [JwtInvalidSignatureAlgorithmError, 'algorithm not allowed'],
  [JwtWithoutValidKidError, 'no key named'],
  [KidNotFoundInJwksError, 'unknown key'],
  // The keys were fetched a moment ago for another token with an unknown key.
  [WaitPeriodNotYetEndedJwkError, 'unknown key'],
  [JwtExpiredError, 'expired'],
  [JwtNotBeforeError, 'not valid yet'],
  [JwtInvalidIssuerError, 'another issuer'],
  [JwtInvalidAudienceError, 'another audience'],
] as const;

function reasonFor(error: JwtBaseError): string {
  return REASONS.find(([type]) => error instanceof type)?.[1] ?? 'not acceptable';
}

/** A token that never ends could not be taken back, and one without a subject names nobody: neither is let through. */
function callerOf({ exp, sub, scope, scp }: JwtPayload): Caller {
  if (exp === undefined) throw new TokenRefused('no claim exp');
  if (!sub) throw new TokenRefused('no claim sub');
  const scopes = [scope, scp].flat().flatMap((each) => (typeof each === 'string' ? each.split(' ') : []));
  return { subject: sub, scopes: scopes.filter(Boolean) };
}
