import { checkExpected } from '../predict/resolve-model';
import { checkDeadline } from '../shared/in-time';
import type { Invoked, InvokeOutcome } from '../shared/predictor/answer-invoke';
import { decodeInfer } from '../shared/protocol/infer';
import type { Composed } from './service';

/** A request from another function or a workflow, read as `predict` would, and asked. */
export async function answerInvoked(invoked: Invoked, { answer, manifest }: Composed): Promise<InvokeOutcome> {
  const { body, expects, ...asking } = invoked;
  checkExpected(expects, manifest);
  checkDeadline(asking.deadlineMs, 'before the predictor was asked');
  const inference = decodeInfer({ value: body, exact: body }, manifest);
  // Which pair the model behind is of, only that knows where a pointer names it.
  const success = await answer({ ...asking, pair: expects.pair, inference });
  return { success: withId(success, inference.id), rows: inference.rows };
}

/** An answer that others got before, or get too, has the id of its own request. */
function withId<Success extends { readonly response: { readonly id?: string } }>(
  success: Success,
  id?: string,
): Success {
  if (success.response.id === id) return success;
  return { ...success, response: { ...success.response, id } };
}
