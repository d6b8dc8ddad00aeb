import { CONTRACT_VERSION, type InferResponse, type PredictorAnswer, type StageReport } from '../shared/contract';
import { answerInvoke, type Invoked, type InvokeOutcome } from '../shared/predictor/answer-invoke';
import { decodeInfer, inferObject } from '../shared/protocol/infer';
import { tensorBytes } from '../shared/protocol/tensor-size';
import { predict } from './predict';
import type { Service } from './service';
import { Failed, type Predicted, type PredictRequest } from './steps';

/** A request from another function or a workflow. */
export function handleInvoke(event: object, service: Service): Promise<PredictorAnswer> {
  return answerInvoke(event, service, predictOne);
}

async function predictOne(invoked: Invoked, service: Service): Promise<InvokeOutcome> {
  const [result] = await predict([requestOf(invoked)], service.models);
  if (!result) throw new Error('a prediction has no result');
  if (result instanceof Failed) throw result.error;
  const { inference, modelLatencyMs, outputs } = result;
  const payload = { inputs: inference.inputs, outputs };
  return { success: success(result), rows: inference.rows, modelLatencyMs, payload };
}

function requestOf({ body, deadlineMs, expects }: Invoked): PredictRequest<InferResponse> {
  return {
    expects,
    deadlineMs,
    decode: ({ manifest }) => decodeInfer({ value: body, exact: body }, manifest),
    encode: ({ identity }, inference, outputs) => inferObject(identity, inference, outputs),
  };
}

function success({ answer, endMs, inference, model, outputs, startMs }: Predicted<InferResponse>) {
  const bytes = tensorBytes(inference.inputs) + tensorBytes(outputs);
  const stage: StageReport = { name: model.identity.name, startMs, endMs, bytes, status: 200 };
  return { v: CONTRACT_VERSION, status: 200, model: model.identity, response: answer, stages: [stage] } as const;
}
