import type { APIGatewayProxyEvent } from 'aws-lambda';
import { handleHttp } from './http';
import { handleInvoke } from './invoke';
import { selfTest } from './self-test';
import type { Service } from './service';

/** A predict function is asked by a gateway, by another function, or (an empty event) by a release. */
export async function dispatch(event: unknown, service: Service): Promise<unknown> {
  if (event === null || event === undefined) return selfTest(service);
  if (typeof event !== 'object') return handleInvoke({}, service);
  if (Object.keys(event).length === 0) return selfTest(service);
  if ('httpMethod' in event) return handleHttp(event as APIGatewayProxyEvent, service);
  return handleInvoke(event, service);
}
