import type { ModelStore } from '../shared/session/model-store';
import { decode } from './decode';
import { encode } from './encode';
import { resolveModel } from './resolve-model';
import { run } from './run';
import { each, type Failed, type Predicted, type PredictRequest } from './steps';

/**
 * The path of every prediction, whoever asks. The model comes first, because its card says how the body decodes.
 * Requests go in as a list and results come out in its order; what is wrong with one concerns no other.
 */
export async function predict<Answer>(
  requests: readonly PredictRequest<Answer>[],
  models: ModelStore,
): Promise<(Predicted<Answer> | Failed)[]> {
  const resolved = await each(requests, (request) => resolveModel(request, models));
  const decoded = await each(resolved, decode);
  const ran = await each(decoded, run);
  return each(ran, encode);
}
