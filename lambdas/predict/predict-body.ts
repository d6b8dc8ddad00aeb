import { unsupportedMediaType } from '../shared/errors';
import type { HookCall } from '../shared/hooks/call-hook';
import { postprocess } from '../shared/hooks/postprocess';
import { preprocess } from '../shared/hooks/preprocess';
import type { Content } from '../shared/http/response';
import type { Body } from '../shared/protocol/body';
import { decodeImage, IMAGE_TYPES } from '../shared/protocol/image';
import { hasInt64, parseJson } from '../shared/protocol/json-text';
import { decodeRows, rowsText } from '../shared/protocol/rows';
import type { Inference } from '../shared/protocol/tensor';
import type { Answerer } from '../shared/session/model-store';
import type { PredictRequest } from './steps';

/** The body of `POST /predict`: by the hooks of the service; without them rows, or an image. */
export function predictBody(
  body: Body,
  { deadlineMs, requestId }: Omit<HookCall, 'state'>,
): Pick<PredictRequest<Content>, 'decode' | 'encode'> {
  const call = { deadlineMs, requestId, state: {} };
  return {
    decode: (model) =>
      model.hooks?.preprocess ? preprocess(body, call, model, model.hooks.preprocess) : decodePlain(body, model),
    encode: (model, inference, outputs) =>
      model.hooks?.postprocess
        ? postprocess(outputs, call, model, model.hooks.postprocess).then((text) => ({ body: text }))
        : { body: rowsText(model.identity, model.manifest.outputs, inference.rows, outputs) },
  };
}

const JSON_TYPE = 'application/json';

function decodePlain(body: Body, { manifest }: Answerer): Inference | Promise<Inference> {
  const { mediaType } = body;
  if (mediaType === JSON_TYPE) return decodeRows(parseJson(body.text(), hasInt64(manifest)), manifest);
  if (IMAGE_TYPES.includes(mediaType)) return decodeImage(body.bytes(), mediaType, manifest);
  throw unsupportedMediaType(mediaType, [JSON_TYPE, ...(manifest.image ? IMAGE_TYPES : [])]);
}
