import type { Predicted, Ran } from './steps';

/** Tensors -> answer. */
export function encode<Answer>(ran: Ran<Answer>): Predicted<Answer> {
  return { ...ran, answer: ran.request.encode(ran.model, ran.inference, ran.outputs) };
}
