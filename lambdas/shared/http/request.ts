import { isAscii, isUtf8 } from 'node:buffer';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { HEADERS } from '../contract';
import { quote, ServingError } from '../errors';
import { base64Size, decodeBase64 } from '../protocol/base64';
import type { Body } from '../protocol/body';

/** A body as the gateway hands it over: what its media type says is in the headers. */
export type HttpBody = Pick<APIGatewayProxyEvent, 'headers' | 'body' | 'isBase64Encoded'>;

export function headerOf(event: Pick<APIGatewayProxyEvent, 'headers'>, name: string): string | undefined {
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
export function mediaTypeOf(event: HttpBody): string {
  const header = headerOf(event, 'content-type');
  return header ? (header.split(';', 1)[0] as string).trim().toLowerCase() : 'application/json';
}

/** The size of a body, known before anything is decoded. */
export function checkBodySize({ body, isBase64Encoded }: HttpBody, maxBytes: number): void {
  if (!body) throw new ServingError('INVALID_REQUEST', 'the request has no body');
  const bytes = isBase64Encoded ? base64Size(body) : Buffer.byteLength(body);
  if (bytes <= maxBytes) return;
  throw new ServingError('PAYLOAD_TOO_LARGE', `the body may have up to ${maxBytes} bytes, this one has ${bytes}`);
}

export function bodyBytes({ body, isBase64Encoded }: HttpBody): Buffer {
  return Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
}

export function bodyOf(event: HttpBody): Body {
  return { mediaType: mediaTypeOf(event), bytes: () => bodyBytes(event), text: () => bodyText(event) };
}

const WIDEST_VALUE = 8;

/** The body's bytes, decoded to where typed arrays can begin at `boundary` without a copy. */
export function alignedBodyBytes(event: HttpBody, boundary: number): Buffer {
  if (!event.isBase64Encoded) return bodyBytes(event);
  return decodeBase64(event.body ?? '', (WIDEST_VALUE - (boundary % WIDEST_VALUE)) % WIDEST_VALUE);
}

/** Length of the JSON in front of binary tensors, where the client says that there are some. */
export function inferenceHeaderLength(event: HttpBody): number | undefined {
  const text = headerOf(event, HEADERS.inferenceHeaderLength);
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const message = `${HEADERS.inferenceHeaderLength} must be a whole number of bytes, got ${quote(text)}`;
  throw new ServingError('INVALID_REQUEST', message, { field: HEADERS.inferenceHeaderLength });
}

/**
 * Whether an answer may be bytes. The gateway decodes an answer's base64 only for a client that sends `Accept`, so a
 * client that sends none gets JSON.
 */
export function acceptsBinary(event: HttpBody): boolean {
  const ranges = headerOf(event, 'accept')?.toLowerCase().split(',') ?? [];
  return ranges.some((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    return BINARY_RANGES.has(type) && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

const BINARY_RANGES = new Set(['*/*', 'application/*', 'application/octet-stream']);

export function bodyText(event: HttpBody): string {
  if (!event.isBase64Encoded) return event.body ?? '';
  return utf8Text(bodyBytes(event));
}

export function utf8Text(bytes: Buffer): string {
  // Most JSON is ASCII, whose text is made without a look at each character.
  if (isAscii(bytes)) return bytes.toString('latin1');
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw new ServingError('MALFORMED_JSON', 'the body is not UTF-8 text');
}

export function checkContentEncoding(event: HttpBody): void {
  const encoding = headerOf(event, 'content-encoding');
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return;
  throw new ServingError('UNSUPPORTED_MEDIA_TYPE', `content-encoding ${quote(encoding)} is not supported`);
}

export function traceparentOf(event: APIGatewayProxyEvent): string | undefined {
  return headerOf(event, HEADERS.traceparent);
}
