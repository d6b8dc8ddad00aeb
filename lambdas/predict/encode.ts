import type { Predicted, Ran } from './steps';

/** Tensors -> answer. */
export async function encode<Answer>(ran: Ran<Answer>): Promise<Predicted<Answer>> {
  return { ...ran, answer: await ran.request.encode(ran.model, ran.inference, ran.outputs) };
}
