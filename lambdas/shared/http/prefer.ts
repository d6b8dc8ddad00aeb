import type { APIGatewayProxyEvent } from 'aws-lambda';
import { JOB_HEADERS } from '../contract';
import { headerOf } from './request';

/** What a client would like (RFC 7240). What is unknown or malformed is no preference. */
export interface Preferences {
  readonly respondAsync: boolean;
  /** Seconds it would wait for the answer itself. */
  readonly waitSeconds?: number;
}

export function preferencesOf(event: APIGatewayProxyEvent): Preferences {
  const preferences = (headerOf(event, JOB_HEADERS.prefer) ?? '').toLowerCase().split(/[,;]/);
  const named = preferences.map((preference) => preference.trim());
  const wait = named.map((preference) => /^wait\s*=\s*"?(\d{1,6})"?$/.exec(preference)?.[1]).find(Boolean);
  return {
    respondAsync: named.includes('respond-async'),
    waitSeconds: wait === undefined ? undefined : Number(wait),
  };
}
