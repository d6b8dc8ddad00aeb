import type { Tensors, Transform } from '../../hook';
import type { AnswerQuestion, ComposedParts, Question } from '../composed/service';
import { CONTRACT_VERSION, type PredictorSuccess, type StageSummary, TRANSFORM } from '../shared/contract';
import type { AnsweringEnv } from '../shared/env';
import { asServingError, ServingError } from '../shared/errors';
import { callHook } from '../shared/hooks/call-hook';
import { checkMade } from '../shared/hooks/preprocess';
import { askPredictor } from '../shared/predictor/ask';
import type { CallPredictor } from '../shared/predictor/call';
import { inferObject } from '../shared/protocol/infer';
import type { Inference, Tensor } from '../shared/protocol/tensor';
import { tensorBytes } from '../shared/protocol/tensor-size';
import { identityOf } from '../shared/session/model-store';
import { reportStage } from '../shared/telemetry/stage-log';
import type { LoadTransform } from './load-transform';

type Parts = ComposedParts<AnsweringEnv>;

/** Names of the two steps, in errors, logs and metrics. */
const [FIRST, SECOND] = ['preprocess', 'predict'] as const;

/** The user's code, and where there is one the predictor behind it, which is asked with what the code made. */
export function answerTransform(parts: Parts, load: LoadTransform, call?: CallPredictor): AnswerQuestion {
  return async (question) => {
    if (!call) return transformed(question, parts, load);
    const made = await asStage(FIRST, question, parts, async () => {
      const inference = await transform(question, parts, await load());
      return { value: inference, bytes: tensorBytes([...question.inference.inputs, ...inference.inputs]) };
    });
    const asked = await asStage(SECOND, question, parts, async () => {
      const asking = { ...question, pair: parts.manifest.transform?.pair };
      const answer = await askPredictor(call, asking, made.value, parts.manifest);
      return { value: answer, bytes: tensorBytes([...made.value.inputs, ...answer.outputs]) };
    });
    return { ...asked.value.success, stages: [made.stage, asked.stage] };
  };
}

/** Without a predictor behind it, what the code made is the answer, and says which pair it is of. */
async function transformed(question: Question, parts: Parts, load: LoadTransform): Promise<PredictorSuccess> {
  const { manifest } = parts;
  const startMs = Date.now();
  const made = await transform(question, parts, await load());
  const { outputs: wanted } = question.inference;
  const outputs = made.inputs.filter(({ name }) => wanted.includes(name));
  const bytes = tensorBytes([...question.inference.inputs, ...outputs]);
  const model = identityOf(manifest);
  return {
    v: CONTRACT_VERSION,
    status: 200,
    model,
    response: inferObject(model, question.inference, outputs),
    pair: manifest.transform?.pair,
    stages: [{ name: manifest.name, startMs, endMs: Date.now(), bytes, status: 200 }],
  };
}

async function transform(question: Question, { manifest }: Parts, run: Transform): Promise<Inference> {
  const { deadlineMs, inference, requestId } = question;
  const inputs = Object.fromEntries(inference.inputs.map((tensor) => [tensor.name, handedOver(tensor)])) as Tensors;
  const gives = manifest.transform?.gives ?? [];
  const model = { identity: identityOf(manifest), manifest: { ...manifest, inputs: gives } };
  const made = await callHook(TRANSFORM, { requestId, deadlineMs, state: {} }, model, (context) =>
    run(inputs, context),
  );
  const { rows, tensors } = checkMade(made, gives);
  return { id: inference.id, inputs: tensors, outputs: inference.outputs, rows };
}

function handedOver({ data, datatype, shape }: Tensor) {
  return { datatype, shape, data };
}

/** Names the step that an error is from, and tells how long it took. */
async function asStage<Value>(
  name: string,
  { requestId }: Question,
  parts: Parts,
  run: () => Promise<{ readonly value: Value; readonly bytes: number }>,
): Promise<{ readonly value: Value; readonly stage: StageSummary }> {
  const startMs = Date.now();
  try {
    const { bytes, value } = await run();
    const stage = { name, startMs, endMs: Date.now(), bytes, status: 200 };
    reportStage(stage, requestId, parts);
    return { value, stage };
  } catch (thrown) {
    const { cause, code, field, message, retryAfterMs, status } = asServingError(thrown);
    const failed = { name, startMs, endMs: Date.now(), bytes: 0, status, error: { code, message } };
    reportStage(failed, requestId, parts);
    throw new ServingError(code, message, { field, retryAfterMs, cause, stage: name });
  }
}
