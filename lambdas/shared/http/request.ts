import { isUtf8 } from 'node:buffer';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { HEADERS } from '../contract';
import { ServingError } from '../errors';

export function headerOf(event: APIGatewayProxyEvent, name: string): string | undefined {
  for (const key in event.headers) {
    if (key.length === name.length && key.toLowerCase() === name) return event.headers[key];
  }
  return undefined;
}

export function requestIdOf(event: APIGatewayProxyEvent): string {
  return event.requestContext?.requestId ?? crypto.randomUUID();
}

/** When the gateway received the request; its clock is the one the client waits by. */
export function receivedMsOf(event: APIGatewayProxyEvent): number {
  return event.requestContext?.requestTimeEpoch ?? Date.now();
}

/** The value of a path parameter as the client meant it; a malformed escape stands for itself. */
export function pathParameter(event: APIGatewayProxyEvent, name: string): string | undefined {
  const value = event.pathParameters?.[name];
  if (!value?.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** Media type of the body in lower case and without parameters; JSON where the client names none. */
export function mediaTypeOf(event: APIGatewayProxyEvent): string {
  const header = headerOf(event, 'content-type');
  return header ? (header.split(';', 1)[0] as string).trim().toLowerCase() : 'application/json';
}

/** The size of a body, known before anything is decoded. */
export function checkBodySize({ body, isBase64Encoded }: APIGatewayProxyEvent, maxBytes: number): void {
  if (!body) throw new ServingError('INVALID_REQUEST', 'the request has no body');
  const bytes = isBase64Encoded ? Math.floor((body.length * 3) / 4) - padding(body) : Buffer.byteLength(body);
  if (bytes <= maxBytes) return;
  throw new ServingError('PAYLOAD_TOO_LARGE', `the body may have up to ${maxBytes} bytes, this one has ${bytes}`);
}

function padding(base64: string): number {
  return base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
}

export function bodyBytes({ body, isBase64Encoded }: APIGatewayProxyEvent): Buffer {
  return Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
}

export function bodyText(event: APIGatewayProxyEvent): string {
  if (!event.isBase64Encoded) return event.body ?? '';
  const bytes = bodyBytes(event);
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw new ServingError('MALFORMED_JSON', 'the body is not UTF-8 text');
}

export function checkContentEncoding(event: APIGatewayProxyEvent): void {
  const encoding = headerOf(event, 'content-encoding');
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return;
  throw new ServingError('UNSUPPORTED_MEDIA_TYPE', `content-encoding ${encoding} is not supported`);
}

export function traceparentOf(event: APIGatewayProxyEvent): string | undefined {
  return headerOf(event, HEADERS.traceparent);
}
