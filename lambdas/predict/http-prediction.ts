import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { ModelManifest } from '../shared/contract';
import type { PredictEnv } from '../shared/env';
import { ServingError } from '../shared/errors';
import {
  bodyBytes,
  bodyText,
  checkBodySize,
  checkContentEncoding,
  mediaTypeOf,
  pathParameter,
  receivedMsOf,
} from '../shared/http/request';
import { decodeImage, IMAGE_TYPES } from '../shared/protocol/image';
import { decodeInfer, inferText, jsonOutputs } from '../shared/protocol/infer';
import { parseJson } from '../shared/protocol/json-text';
import { decodeRows, rowsText } from '../shared/protocol/rows';
import type { Inference } from '../shared/protocol/tensor';
import type { PredictRequest } from './steps';

/** A POST as a request for a prediction. What can be refused without the model is refused here. */
export function readHttpPrediction(
  operation: 'infer' | 'predictRows',
  event: APIGatewayProxyEvent,
  env: PredictEnv,
): PredictRequest<string> {
  checkContentEncoding(event);
  const decode = decoderOf(operation, event);
  checkBodySize(event, env.maxBodyBytes);
  return {
    expects: { name: pathParameter(event, 'model'), version: pathParameter(event, 'version') },
    deadlineMs: receivedMsOf(event) + env.deadlineMs,
    decode,
    encode: ({ identity, manifest }, inference, outputs) =>
      operation === 'infer'
        ? inferText(identity, inference, outputs)
        : rowsText(identity, manifest.outputs, inference.rows, outputs),
  };
}

/** The body formats, by media type. */
function decoderOf(operation: 'infer' | 'predictRows', event: APIGatewayProxyEvent): PredictRequest<string>['decode'] {
  const type = mediaTypeOf(event);
  if (type === 'application/json') {
    return operation === 'infer'
      ? (manifest) => decodeInferText(bodyText(event), manifest)
      : (manifest) => decodeRows(parseJson(bodyText(event), hasInt64(manifest)), manifest);
  }
  if (IMAGE_TYPES.includes(type)) return (manifest) => decodeImage(bodyBytes(event), type, manifest);
  const known = ['application/json', ...IMAGE_TYPES].join(', ');
  throw new ServingError('UNSUPPORTED_MEDIA_TYPE', `content-type ${type} is not supported; known are ${known}`);
}

function decodeInferText(text: string, manifest: ModelManifest): Inference {
  const inference = decodeInfer(parseJson(text, hasInt64(manifest)), manifest);
  jsonOutputs(manifest, inference.outputs);
  return inference;
}

function hasInt64(manifest: ModelManifest): boolean {
  return manifest.inputs.some(({ datatype }) => datatype === 'INT64' || datatype === 'UINT64');
}
