import type {
  InferRequest,
  InferResponse,
  OutputSpec,
  PredictorAnswer,
  PredictorSuccess,
  WireTensor,
} from '../contract';
import { ServingError } from '../errors';
import { decodeBase64 } from '../protocol/base64';
import { decodeJsonData } from '../protocol/json-data';
import { decodeRaw, encodeRaw } from '../protocol/raw';
import type { Inference, Tensor } from '../protocol/tensor';

/** A decoded request as one function sends it to another: numbers as bytes, which no JSON can change. */
export function inferRequestOf({ id, inputs, outputs }: Inference): InferRequest {
  return {
    id,
    inputs: inputs.map((tensor) => {
      const { name, datatype, shape } = tensor;
      return { name, datatype, shape, raw: encodeRaw(tensor).toString('base64') };
    }),
    outputs: outputs.map((name) => ({ name })),
  };
}

/** The tensors of another function's answer. */
export function outputTensors(response: InferResponse, specs: readonly OutputSpec[]): Tensor[] {
  return response.outputs.map((wire) => wireTensor(wire, specs));
}

/** A tensor that another function wrote. */
export function wireTensor(wire: WireTensor, specs: readonly OutputSpec[] = []): Tensor {
  const { data, datatype, name, raw, shape } = wire;
  const spec = { ...(specs.find((each) => each.name === name) ?? wire), name, datatype, shape, allowNaN: true };
  const values =
    raw === undefined ? decodeJsonData(data, spec, shape, () => name) : decodeRaw(decodeBase64(raw), spec, shape, name);
  return { name, datatype, shape, data: values };
}

/** The answer, or the error that it is. */
export function requireSuccess(answer: PredictorAnswer): PredictorSuccess {
  if ('response' in answer) return answer;
  const { code, message, ...details } = answer.error;
  throw new ServingError(code, message, details);
}
