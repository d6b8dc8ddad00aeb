import {
  CONTRACT_VERSION,
  type InferResponse,
  type PredictorAnswer,
  type PredictorRequest,
  RETRYABLE_CODES,
  type StageReport,
} from '../shared/contract';
import { asServingError, quote, ServingError } from '../shared/errors';
import { DATATYPE_INFO } from '../shared/protocol/datatypes';
import { decodeInfer, inferObject } from '../shared/protocol/infer';
import { asObject } from '../shared/protocol/json-text';
import type { Tensor } from '../shared/protocol/tensor';
import { childTraceparent } from '../shared/telemetry/traceparent';
import { predict } from './predict';
import type { Service } from './service';
import { Failed, type Predicted, type PredictRequest } from './steps';

/**
 * A request from another function or a workflow. What must not be tried again is returned, what may be is thrown
 * under its code.
 */
export async function handleInvoke(event: object, service: Service): Promise<PredictorAnswer> {
  const started = performance.now();
  const request = event as Partial<PredictorRequest>;
  const requestId = typeof request.requestId === 'string' ? request.requestId : crypto.randomUUID();
  const traceparent = typeof request.traceparent === 'string' ? request.traceparent : undefined;
  let result: Predicted<InferResponse> | undefined;
  let error: ServingError | undefined;
  try {
    result = await predictOne(request, service);
  } catch (thrown) {
    error = asServingError(thrown);
  }
  const model = service.models.identity;
  service.log.record({
    requestId,
    traceparent: childTraceparent(traceparent),
    operation: 'invoke',
    status: error?.status ?? 200,
    latencyMs: performance.now() - started,
    model: service.models.known,
    rows: result?.inference.rows,
    modelLatencyMs: result?.modelLatencyMs,
    error,
  });
  if (result) {
    const { inference, outputs } = result;
    if (service.payloadLog) {
      (await service.payloadLog).record(
        { requestId, model: service.models.known },
        { inputs: inference.inputs, outputs },
      );
    }
    return success(result);
  }
  const failure = error ?? asServingError(undefined);
  if (RETRYABLE_CODES.includes(failure.code)) throw failure;
  return { v: CONTRACT_VERSION, status: failure.status, model, error: failure.toBody() };
}

async function predictOne(request: Partial<PredictorRequest>, service: Service): Promise<Predicted<InferResponse>> {
  const [result] = await predict([readInvoke(request)], service.models);
  if (!result) throw new Error('a prediction has no result');
  if (result instanceof Failed) throw result.error;
  return result;
}

function readInvoke({
  v,
  deadlineMs,
  model,
  request,
  requestRef,
}: Partial<PredictorRequest>): PredictRequest<InferResponse> {
  if (v !== CONTRACT_VERSION) {
    throw new ServingError('INVALID_REQUEST', `this function reads version ${CONTRACT_VERSION}, got ${quote(v)}`, {
      field: 'v',
    });
  }
  if (typeof deadlineMs !== 'number' || !Number.isFinite(deadlineMs)) {
    const message = `deadlineMs must be epoch milliseconds, got ${quote(deadlineMs)}`;
    throw new ServingError('INVALID_REQUEST', message, { field: 'deadlineMs' });
  }
  if (requestRef !== undefined) {
    throw new ServingError('NOT_IMPLEMENTED', 'this predictor has no payload store', { field: 'requestRef' });
  }
  if (model !== undefined) asObject(model, 'model', 'model');
  return {
    expects: { name: model?.name, version: model?.version },
    deadlineMs,
    decode: ({ manifest }) => decodeInfer({ value: request, exact: request }, manifest),
    encode: ({ identity }, inference, outputs) => inferObject(identity, inference, outputs),
  };
}

function success({ answer, endMs, inference, model, outputs, startMs }: Predicted<InferResponse>): PredictorAnswer {
  const bytes = tensorBytes(inference.inputs) + tensorBytes(outputs);
  const stage: StageReport = { name: model.identity.name, startMs, endMs, bytes, status: 200 };
  return { v: CONTRACT_VERSION, status: 200, model: model.identity, response: answer, stages: [stage] };
}

function tensorBytes(tensors: readonly Tensor[]): number {
  let bytes = 0;
  for (const { data, datatype } of tensors) {
    if (Array.isArray(data)) for (const text of data) bytes += Buffer.byteLength(text);
    else bytes += data.length * DATATYPE_INFO[datatype].bytes;
  }
  return bytes;
}
