import type { Decoded, Resolved } from './steps';

/** Body -> tensors, checked against the model's card. Nothing that fails here reaches the model. */
export async function decode<Answer>(resolved: Resolved<Answer>): Promise<Decoded<Answer>> {
  return { ...resolved, inference: await resolved.request.decode(resolved.model) };
}
