import { CONTRACT_VERSION, type ModelManifest, type PredictorSuccess } from '../contract';
import type { Inference, Tensor } from '../protocol/tensor';
import type { CallPredictor } from './call';
import { inferRequestOf, outputTensors, requireSuccess } from './exchange';

/** Who asks a predictor, and until when: what goes on from hop to hop beside the tensors. */
export interface Asking {
  readonly requestId: string;
  readonly traceparent: string;
  readonly deadlineMs: number;
  readonly principal?: string;
  readonly cacheControl?: string;
  /** Version of the pair that whoever made the tensors belongs to. */
  readonly pair?: string;
}

export interface Asked {
  readonly success: PredictorSuccess;
  readonly outputs: readonly Tensor[];
  readonly latencyMs: number;
}

/** Asks a predictor what was decoded, and reads its answer; throws the `ServingError` where it gives none. */
export async function askPredictor(
  call: CallPredictor,
  { requestId, traceparent, deadlineMs, principal, cacheControl, pair }: Asking,
  inference: Inference,
  { outputs: specs }: Pick<ModelManifest, 'outputs'>,
  signal?: AbortSignal,
): Promise<Asked> {
  const started = performance.now();
  const asking = { v: CONTRACT_VERSION, requestId, traceparent, deadlineMs, principal, cacheControl, pair } as const;
  const success = requireSuccess(await call({ ...asking, request: inferRequestOf(inference) }, signal));
  const latencyMs = performance.now() - started;
  return { success, outputs: outputTensors(success.response, specs), latencyMs };
}
