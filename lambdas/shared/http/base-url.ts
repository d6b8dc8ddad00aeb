import type { APIGatewayProxyEvent } from 'aws-lambda';
import { headerOf } from './request';

/**
 * What `/v2/...` is appended to, as the client called it: with its stage, or the base path of a domain of its own. The
 * host is the one the gateway answered for, not what a header says.
 */
export function baseUrlOf(event: APIGatewayProxyEvent): string {
  const { requestContext, resource } = event;
  const scheme = headerOf(event, 'x-forwarded-proto')?.toLowerCase() === 'http' ? 'http' : 'https';
  const called = requestContext.path.replace(/\/$/, '').split('/');
  const route = resource.split('/').length - 1;
  return `${scheme}://${requestContext.domainName}${called.slice(0, called.length - route).join('/')}`;
}
