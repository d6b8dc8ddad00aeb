import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { PredictEnv } from '../shared/env';
import { quote, ServingError } from '../shared/errors';
import {
  bodyBytes,
  bodyText,
  checkBodySize,
  checkContentEncoding,
  type HttpBody,
  mediaTypeOf,
  pathParameter,
  receivedMsOf,
} from '../shared/http/request';
import type { Content } from '../shared/http/response';
import { decodeImage, IMAGE_TYPES } from '../shared/protocol/image';
import { parseJson } from '../shared/protocol/json-text';
import { decodeRows, rowsText } from '../shared/protocol/rows';
import { decodeInferBody, encodeInferBody, hasInt64 } from './http-infer';
import type { PredictRequest } from './steps';

/** A POST as a request for a prediction. What can be refused without the model is refused here. */
export function readHttpPrediction(
  operation: 'infer' | 'predictRows',
  event: APIGatewayProxyEvent,
  env: PredictEnv,
): PredictRequest<Content> {
  checkContentEncoding(event);
  checkBodySize(event, env.maxBodyBytes);
  return {
    expects: expectedOf(event),
    deadlineMs: receivedMsOf(event) + env.deadlineMs,
    ...codecOf(operation, event),
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
): Pick<PredictRequest<Content>, 'decode' | 'encode'> {
  return { decode: decoderOf(operation, body), encode: operation === 'infer' ? encodeInferBody : encodeRows };
}

const encodeRows: PredictRequest<Content>['encode'] = ({ identity, manifest }, { rows }, outputs) => ({
  body: rowsText(identity, manifest.outputs, rows, outputs),
});

const JSON_TYPE = 'application/json';
/** What clients of the protocol call a body with tensors behind its JSON, and some of them every body. */
const BYTES_TYPE = 'application/octet-stream';

/** The body formats, by media type. */
function decoderOf(operation: 'infer' | 'predictRows', event: HttpBody): PredictRequest<Content>['decode'] {
  const type = mediaTypeOf(event);
  const types = operation === 'infer' ? [JSON_TYPE, BYTES_TYPE] : [JSON_TYPE];
  if (types.includes(type)) {
    return operation === 'infer'
      ? (manifest) => decodeInferBody(event, manifest)
      : (manifest) => decodeRows(parseJson(bodyText(event), hasInt64(manifest)), manifest);
  }
  if (IMAGE_TYPES.includes(type)) return (manifest) => decodeImage(bodyBytes(event), type, manifest);
  return ({ image }) => {
    const known = [...types, ...(image ? IMAGE_TYPES : [])].join(' or ');
    const message = `content-type ${quote(type)} is not supported; send content-type: ${known}`;
    throw new ServingError('UNSUPPORTED_MEDIA_TYPE', message);
  };
}
