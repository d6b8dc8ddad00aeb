import type { APIGatewayProxyResult } from 'aws-lambda';
import { CACHE_HEADERS, HEADERS, type HttpErrorBody, type ModelIdentity } from '../contract';
import type { ServingError } from '../errors';

type Headers = Readonly<Record<string, string>>;

/** Who answers which request: the headers of every answer. */
export interface Responder {
  readonly requestId: string;
  readonly model?: ModelIdentity;
  /** What lets a browser's page of another origin read the answer. */
  readonly cors?: Headers;
}

/** JSON text; or, with a header length, base64 of a JSON header of that many bytes and tensors behind it. */
export interface Content {
  readonly body: string;
  readonly headerLength?: number;
}

export function response(status: number, content: Content, { requestId, model, cors }: Responder) {
  const { body, headerLength } = content;
  const headers: Record<string, string> = {
    'content-type': headerLength === undefined ? 'application/json' : 'application/octet-stream',
    [HEADERS.requestId]: requestId,
    ...cors,
  };
  if (model) {
    headers[HEADERS.modelName] = model.name;
    headers[HEADERS.modelVersion] = model.version;
  }
  if (headerLength !== undefined) headers[HEADERS.inferenceHeaderLength] = String(headerLength);
  return { statusCode: status, headers, body, isBase64Encoded: headerLength !== undefined };
}

export function errorResponse(error: ServingError, responder: Responder): APIGatewayProxyResult {
  const { code, field, message, retryAfterMs, stage, status } = error;
  const body: HttpErrorBody = { error: message, code, field, stage, requestId: responder.requestId };
  const result = response(status, { body: JSON.stringify(body) }, responder);
  if (retryAfterMs === undefined) return result;
  const seconds = String(Math.ceil(retryAfterMs / 1000));
  return { ...result, headers: { ...result.headers, [HEADERS.retryAfter]: seconds } };
}

/** Our headers that a page may read beside the few that it always may. */
const EXPOSED = [
  HEADERS.requestId,
  HEADERS.modelName,
  HEADERS.modelVersion,
  HEADERS.retryAfter,
  HEADERS.fallback,
  HEADERS.partial,
  ...Object.values(CACHE_HEADERS),
  HEADERS.inferenceHeaderLength,
].join(',');

export function corsHeaders(origin: string | undefined): Headers | undefined {
  if (!origin) return undefined;
  const headers = { 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED };
  return origin === '*' ? headers : { ...headers, vary: 'origin' };
}
