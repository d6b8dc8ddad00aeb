import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { PredictEnv } from '../shared/env';
import { unsupportedMediaType } from '../shared/errors';
import {
  bodyBytes,
  bodyOf,
  checkBodySize,
  checkContentEncoding,
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
  env: PredictEnv,
): PredictRequest<Content> {
  checkContentEncoding(event);
  checkBodySize(event, env.maxBodyBytes);
  const deadlineMs = receivedMsOf(event) + env.deadlineMs;
  const body =
    operation === 'infer'
      ? { decode: inferDecoder(event), encode: encodeInferBody }
      : predictBody(bodyOf(event), { deadlineMs, requestId: requestIdOf(event) });
  const expects = { name: pathParameter(event, 'model'), version: pathParameter(event, 'version') };
  return { expects, deadlineMs, ...body };
}

/** What clients of the protocol call a body with tensors behind its JSON, and some of them every body. */
const INFER_TYPES = ['application/json', 'application/octet-stream'];

/** The body formats of the protocol's route, by media type. */
function inferDecoder(event: APIGatewayProxyEvent): PredictRequest<Content>['decode'] {
  const type = mediaTypeOf(event);
  if (INFER_TYPES.includes(type)) return ({ manifest }) => decodeInferBody(event, manifest);
  if (IMAGE_TYPES.includes(type)) return ({ manifest }) => decodeImage(bodyBytes(event), type, manifest);
  return ({ manifest: { image } }) => {
    throw unsupportedMediaType(type, [...INFER_TYPES, ...(image ? IMAGE_TYPES : [])]);
  };
}
