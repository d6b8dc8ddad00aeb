import { ENV, type JwtSettings, KEYS_URL } from '../shared/contract';
import type { Environment } from '../shared/env';

export interface AuthorizeSettings {
  readonly service: string;
  /** Names this execution environment in the log. */
  readonly environment: string;
  readonly jwt: JwtSettings;
}

/** What the function is told by its environment variables. */
export function readSettings(env: Environment): AuthorizeSettings {
  const service = env[ENV.service];
  if (!service) throw new Error(`Environment variable ${ENV.service} is not set`);
  const jwt: JwtSettings = JSON.parse(env[ENV.jwt] ?? '{}');
  if (!jwt.issuer || !jwt.audience?.length || !KEYS_URL.test(jwt.jwksUri)) {
    throw new Error(`Environment variable ${ENV.jwt} must name issuer, audience and jwksUri, got "${env[ENV.jwt]}"`);
  }
  return { service, environment: env.AWS_LAMBDA_LOG_STREAM_NAME ?? crypto.randomUUID(), jwt };
}
