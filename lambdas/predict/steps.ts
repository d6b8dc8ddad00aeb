import { asServingError, type ServingError } from '../shared/errors';
import type { Inference, Tensor } from '../shared/protocol/tensor';
import type { Answerer, LoadedModel } from '../shared/session/model-store';

/** A request for a prediction. How its body becomes tensors, and tensors its answer, comes with it. */
export interface PredictRequest<Answer> {
  /** What the client expects to talk to; anything else is refused. */
  readonly expects: { readonly name?: string; readonly version?: string; readonly pair?: string };
  readonly deadlineMs: number;
  readonly decode: (model: Answerer) => Inference | Promise<Inference>;
  readonly encode: (model: Answerer, inference: Inference, outputs: readonly Tensor[]) => Answer | Promise<Answer>;
}

// What is known of a request after each step.

export interface Resolved<Answer> {
  readonly request: PredictRequest<Answer>;
  readonly model: LoadedModel;
}

export interface Decoded<Answer> extends Resolved<Answer> {
  readonly inference: Inference;
}

export interface Ran<Answer> extends Decoded<Answer> {
  readonly outputs: readonly Tensor[];
  /** Epoch milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  readonly modelLatencyMs: number;
  /** Requests that the same run answered; absent: this one alone. */
  readonly stacked?: number;
}

export interface Predicted<Answer> extends Ran<Answer> {
  readonly answer: Answer;
}

/** A request that went wrong at some step. */
export class Failed {
  constructor(readonly error: ServingError) {}
}

/** Takes every request one step further. One that fails skips the steps behind and fails nobody else. */
export async function each<From, To>(
  items: readonly (From | Failed)[],
  step: (item: From) => To | Promise<To>,
): Promise<(To | Failed)[]> {
  const results: (To | Failed)[] = [];
  for (const item of items) {
    if (item instanceof Failed) {
      results.push(item);
      continue;
    }
    try {
      results.push(await step(item));
    } catch (error) {
      results.push(new Failed(asServingError(error)));
    }
  }
  return results;
}
