import type { APIGatewayProxyResult } from 'aws-lambda';
import { HEADERS, type HttpErrorBody, type ModelIdentity } from '../contract';
import type { ServingError } from '../errors';

/** Who answers which request: the headers of every answer. */
export interface Responder {
  readonly requestId: string;
  readonly model?: ModelIdentity;
}

export function jsonResponse(status: number, body: string, { requestId, model }: Responder): APIGatewayProxyResult {
  const headers: Record<string, string> = { 'content-type': 'application/json', [HEADERS.requestId]: requestId };
  if (model) {
    headers[HEADERS.modelName] = model.name;
    headers[HEADERS.modelVersion] = model.version;
  }
  return { statusCode: status, headers, body, isBase64Encoded: false };
}

export function errorResponse(error: ServingError, responder: Responder): APIGatewayProxyResult {
  const { code, field, message, retryAfterMs, status } = error;
  const body: HttpErrorBody = { error: message, code, field, requestId: responder.requestId };
  const response = jsonResponse(status, JSON.stringify(body), responder);
  if (retryAfterMs === undefined) return response;
  const seconds = String(Math.ceil(retryAfterMs / 1000));
  return { ...response, headers: { ...response.headers, [HEADERS.retryAfter]: seconds } };
}
