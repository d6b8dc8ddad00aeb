import { HEADERS, type ModelManifest } from '../shared/contract';
import { ServingError } from '../shared/errors';
import {
  acceptsBinary,
  alignedBodyBytes,
  bodyText,
  type HttpBody,
  inferenceHeaderLength,
  mediaTypeOf,
  utf8Text,
} from '../shared/http/request';
import type { Content } from '../shared/http/response';
import { checkJsonOutputs, decodeInfer, inferText } from '../shared/protocol/infer';
import { inferBinary } from '../shared/protocol/infer-binary';
import { hasInt64, type JsonBody, parseJson } from '../shared/protocol/json-text';
import { decodeRawRequest } from '../shared/protocol/raw-request';
import type { Inference, Tensor } from '../shared/protocol/tensor';
import { TensorBytes } from '../shared/protocol/tensor-bytes';
import type { Answerer } from '../shared/session/model-store';

/** The protocol's infer request. Outputs come as bytes where the request asks for it and the client can read it. */
export function decodeInferBody(event: HttpBody, manifest: ModelManifest): Inference {
  const inference = decodeBody(event, manifest);
  const { binaryOutputs, outputs } = inference;
  if (!binaryOutputs?.size) {
    checkJsonOutputs(manifest, outputs);
    return inference;
  }
  if (!acceptsBinary(event)) {
    checkJsonOutputs(manifest, outputs, 'accept');
    return { ...inference, binaryOutputs: undefined };
  }
  checkJsonOutputs(
    manifest,
    outputs.filter((name) => !binaryOutputs.has(name)),
  );
  return inference;
}

/** JSON; JSON with tensors behind it; or, behind no JSON at all, the one tensor. */
function decodeBody(event: HttpBody, manifest: ModelManifest): Inference {
  const length = inferenceHeaderLength(event);
  if (length === undefined) return decodeInfer(readJson(event, manifest), manifest);
  const bytes = alignedBodyBytes(event, length);
  if (length > bytes.length) {
    const message = `${HEADERS.inferenceHeaderLength} is ${length}, but the body has ${bytes.length} bytes`;
    throw new ServingError('INVALID_REQUEST', message, { field: HEADERS.inferenceHeaderLength });
  }
  const tensors = bytes.subarray(length);
  if (!event.isBase64Encoded && tensors.includes(REPLACEMENT)) {
    const message = 'the tensors were read as text on their way; send them as content-type application/octet-stream';
    throw new ServingError('INVALID_REQUEST', message, { field: 'content-type' });
  }
  if (length === 0) return decodeRawRequest(tensors, manifest);
  const json = parseJson(utf8Text(bytes.subarray(0, length)), hasInt64(manifest));
  return decodeInfer({ ...json, tensors: new TensorBytes(tensors) }, manifest);
}

/** A body that is all JSON, whatever it is called: some clients of the protocol call every body bytes. */
function readJson(event: HttpBody, manifest: ModelManifest): JsonBody {
  try {
    return parseJson(bodyText(event), hasInt64(manifest));
  } catch (error) {
    if (mediaTypeOf(event) !== 'application/octet-stream' || !(error instanceof ServingError)) throw error;
    const header = HEADERS.inferenceHeaderLength;
    const message = `${error.message}; for tensors as bytes send the header ${header}: the length of the JSON, or 0`;
    throw new ServingError(error.code, message, { field: header });
  }
}

/** What a gateway that reads bytes as UTF-8 puts in the place of those that are none. */
const REPLACEMENT = Buffer.from('\ufffd');

export function encodeInferBody({ identity }: Answerer, inference: Inference, outputs: readonly Tensor[]): Content {
  const { binaryOutputs } = inference;
  if (binaryOutputs?.size) return inferBinary(identity, inference, outputs, binaryOutputs);
  return { body: inferText(identity, inference, outputs) };
}
