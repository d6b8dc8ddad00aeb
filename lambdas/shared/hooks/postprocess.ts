import type { Postprocess, Tensors } from '../../../hook';
import type { Tensor } from '../protocol/tensor';
import type { Answerer } from '../session/model-store';
import { callHook, type HookCall, hookFailed } from './call-hook';

/** The outputs of the model -> the text of the answer, by the user's code. */
export async function postprocess(
  outputs: readonly Tensor[],
  call: HookCall,
  model: Answerer,
  hook: Postprocess,
): Promise<string> {
  const tensors = Object.fromEntries(
    outputs.map(({ name, datatype, shape, data }) => [name, { datatype, shape, data }]),
  ) as Tensors;
  const answer = await callHook('postprocess', call, model, (context) => hook(tensors, context));
  let text: string | undefined;
  try {
    text = JSON.stringify(answer, plain);
  } catch (cause) {
    throw hookFailed('postprocess', cause);
  }
  if (text === undefined) throw hookFailed('postprocess', 'it gave nothing that JSON has');
  return text;
}

/** What a tensor holds and JSON does not have, written as in the answers between functions. */
function plain(_: string, value: unknown): unknown {
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return Array.from(value as Float64Array);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
