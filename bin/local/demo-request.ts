import { HEADERS, type InferResponse, type WireTensor } from '../../lambdas/shared/contract';
import { fromHalf } from '../../lambdas/shared/protocol/float16';
import { decodeJsonData } from '../../lambdas/shared/protocol/json-data';
import { tensorObject } from '../../lambdas/shared/protocol/json-output';
import { decodeRaw, encodeRaw } from '../../lambdas/shared/protocol/raw';
import type { Tensor } from '../../lambdas/shared/protocol/tensor';
import type { DemoCase } from './demo-case';

/** The body of a request, as JSON where that can carry the tensors, and its headers. */
export function demoRequest({ inputs, outputs }: Pick<DemoCase, 'inputs' | 'outputs'>): {
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array<ArrayBuffer>;
} {
  // JSON has no half-precision numbers.
  if (![...inputs, ...outputs].some(({ datatype }) => datatype === 'FP16')) {
    return { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ inputs }) };
  }
  const contents = inputs.map((wire) => encodeRaw(tensorOf(wire)));
  const described = inputs.map(({ name, datatype, shape }, at) => {
    return { name, datatype, shape, parameters: { binary_data_size: contents[at]?.length } };
  });
  const header = Buffer.from(JSON.stringify({ parameters: { binary_data_output: true }, inputs: described }));
  return {
    // Bytes are answered to those who say that they take any; AWS API Gateway needs to be told.
    headers: {
      'content-type': 'application/octet-stream',
      accept: '*/*',
      [HEADERS.inferenceHeaderLength]: `${header.length}`,
    },
    body: Uint8Array.from(Buffer.concat([header, ...contents])),
  };
}

/** The outputs of an answer as numbers and texts, however they came. */
export function demoOutputs(content: Buffer, headers: Headers): readonly WireTensor[] {
  const length = Number(headers.get(HEADERS.inferenceHeaderLength) ?? content.length);
  const { outputs }: InferResponse = JSON.parse(content.toString('utf8', 0, length));
  let at = length;
  return outputs.map(({ parameters, ...wire }) => {
    const size = parameters?.binary_data_size;
    if (typeof size !== 'number') return wire;
    const { name, datatype, shape } = wire;
    const data = decodeRaw(content.subarray(at, at + size), { name, datatype, shape, allowNaN: true }, shape, name);
    at += size;
    return withNumbers({ name, datatype, shape, data });
  });
}

function tensorOf({ name, datatype, shape, data }: WireTensor): Tensor {
  const spec = { name, datatype, shape, allowNaN: true };
  return { name, datatype, shape, data: decodeJsonData(data, spec, shape, () => name) };
}

function withNumbers(tensor: Tensor): WireTensor {
  if (tensor.datatype !== 'FP16') return tensorObject(tensor);
  return { ...tensor, data: Array.from(tensor.data as Uint16Array, fromHalf) };
}
