import type { APIGatewayProxyResult } from 'aws-lambda';
import type { HttpErrorBody, InferResponse, WireTensor } from '../../../lambdas/shared/contract';
import { decodeJsonData } from '../../../lambdas/shared/protocol/json-data';
import { decodeRaw, encodeRaw } from '../../../lambdas/shared/protocol/raw';
import type { Tensor } from '../../../lambdas/shared/protocol/tensor';
import { gatewayEvent, INFER, type TestFunction } from '../function';

export interface BinaryAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly json: InferResponse & HttpErrorBody;
  /** Tensors of the answer, whether they came as JSON or as bytes. */
  readonly outputs: readonly Tensor[];
}

/** What a client of the binary tensor extension sends: JSON, then the tensors. */
export function binaryBody(tensors: readonly Tensor[], request: object = {}): { body: Buffer; length: number } {
  const bytes = tensors.map(encodeRaw);
  const inputs = tensors.map(({ data, ...tensor }, i) => ({
    ...tensor,
    parameters: { binary_data_size: bytes[i]?.length },
  }));
  const header = Buffer.from(JSON.stringify({ inputs, ...request }));
  return { body: Buffer.concat([header, ...bytes]), length: header.length };
}

export function send(
  fn: TestFunction,
  body: Buffer | string | object,
  length?: number | string,
  headers: Record<string, string> = {},
): Promise<BinaryAnswer> {
  const event = gatewayEvent('POST', INFER, {
    body,
    headers: {
      Accept: '*/*',
      ...(length !== undefined && { 'Inference-Header-Content-Length': String(length) }),
      ...headers,
    },
  });
  return fn.invoke(event).then((result) => readAnswer(result as APIGatewayProxyResult));
}

export const ask = (fn: TestFunction, tensors: readonly Tensor[], request: object = {}) => {
  const { body, length } = binaryBody(tensors, request);
  return send(fn, body, length);
};

function readAnswer({ body, headers = {}, isBase64Encoded, statusCode }: APIGatewayProxyResult): BinaryAnswer {
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  const length = headers['inference-header-content-length'];
  const json = JSON.parse(bytes.toString('utf8', 0, length === undefined ? undefined : Number(length)));
  let at = Number(length ?? 0);
  const outputs = ((json.outputs ?? []) as WireTensor[]).map((wire) => {
    const size = wire.parameters?.binary_data_size;
    if (typeof size !== 'number') return tensorOf(wire);
    const spec = { ...wire, allowNaN: true };
    const data = decodeRaw(bytes.subarray(at, at + size), spec, wire.shape, wire.name);
    at += size;
    return { name: wire.name, datatype: wire.datatype, shape: wire.shape, data };
  });
  if (length !== undefined && at !== bytes.length) throw new Error(`${bytes.length - at} bytes belong to no output`);
  return { status: statusCode, headers: headers as Record<string, string>, json, outputs };
}

/** A tensor of a JSON answer or a golden case. */
export function tensorOf({ data, datatype, name, raw, shape }: WireTensor): Tensor {
  const spec = { name, datatype, shape, allowNaN: true };
  if (raw !== undefined)
    return { name, datatype, shape, data: decodeRaw(Buffer.from(raw, 'base64'), spec, shape, name) };
  return { name, datatype, shape, data: decodeJsonData(data, spec, shape, () => name) };
}
