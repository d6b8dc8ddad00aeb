import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { AnsweringEnv } from '../shared/env';
import { unsupportedMediaType } from '../shared/errors';
import type { HookCall } from '../shared/hooks/call-hook';
import {
  bodyBytes,
  bodyOf,
  checkBodySize,
  checkContentEncoding,
  type HttpBody,
  mediaTypeOf,
  pathParameter,
  receivedMsOf,
  requestIdOf,
} from '../shared/http/request';
import type { Content } from '../shared/http/response';
import { decodeImage, IMAGE_TYPES } from '../shared/protocol/image';
import { decodeInferBody, encodeInferBody } from './http-infer';
import { predictBody } from './predict-body';
import type { PredictRequest } from './steps';

/** A POST as a request for a prediction. What can be refused without the model is refused here. */
export function readHttpPrediction(
  operation: 'infer' | 'predictRows',
  event: APIGatewayProxyEvent,
  env: Pick<AnsweringEnv, 'deadlineMs' | 'maxBodyBytes'>,
): PredictRequest<Content> {
  checkContentEncoding(event);
  checkBodySize(event, env.maxBodyBytes);
  const deadlineMs = receivedMsOf(event) + env.deadlineMs;
  return {
    expects: expectedOf(event),
    deadlineMs,
    ...codecOf(operation, event, { deadlineMs, requestId: requestIdOf(event) }),
  };
}

/** The model and version that a path names. */
export function expectedOf(event: APIGatewayProxyEvent): PredictRequest<Content>['expects'] {
  return { name: pathParameter(event, 'model'), version: pathParameter(event, 'version') };
}

/** How a body decodes, and its answer encodes. */
export function codecOf(
  operation: 'infer' | 'predictRows',
  body: HttpBody,
  call: Omit<HookCall, 'state'>,
): Pick<PredictRequest<Content>, 'decode' | 'encode'> {
  if (operation === 'predictRows') return predictBody(bodyOf(body), call);
  return { decode: inferDecoder(body), encode: encodeInferBody };
}

/** What clients of the protocol call a body with tensors behind its JSON, and some of them every body. */
const INFER_TYPES = ['application/json', 'application/octet-stream'];

/** The body formats of the protocol's route, by media type. */
function inferDecoder(event: HttpBody): PredictRequest<Content>['decode'] {
  const type = mediaTypeOf(event);
  if (INFER_TYPES.includes(type)) return ({ manifest }) => decodeInferBody(event, manifest);
  if (IMAGE_TYPES.includes(type)) return ({ manifest }) => decodeImage(bodyBytes(event), type, manifest);
  return ({ manifest: { image } }) => {
    throw unsupportedMediaType(type, [...INFER_TYPES, ...(image ? IMAGE_TYPES : [])]);
  };
}
