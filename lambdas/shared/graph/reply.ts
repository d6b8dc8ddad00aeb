import type { PredictorSuccess, ReplyOptions, WireTensor } from '../contract';
import { checkIn } from '../payloads/claim-check';
import type { ObjectStore } from '../payloads/object-store';
import { wireTensor } from '../predictor/exchange';

/** An answer as the state machine of a graph can keep it: what is large lies elsewhere, what it decides by is in it. */
export async function reply(
  success: PredictorSuccess,
  { inlineBytes, key, values: names = [] }: ReplyOptions,
  store: ObjectStore | undefined,
): Promise<PredictorSuccess> {
  const { response } = success;
  const values = names.flatMap((name) => {
    const tensor = response.outputs.find((output) => output.name === name);
    return tensor ? [[name, oneValue(tensor)] as const] : [];
  });
  const told = values.length > 0 ? { ...success, values: Object.fromEntries(values) } : success;
  if (JSON.stringify(response).length <= inlineBytes) return told;
  const responseRef = await checkIn(key, response, store);
  return { ...told, response: { ...response, outputs: [] }, responseRef };
}

/** What a condition compares: the only value of a tensor, or the largest of several. */
function oneValue(wire: WireTensor): number | string {
  const { data } = wireTensor(wire);
  if (Array.isArray(data)) return data[0] ?? '';
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < data.length; i++) largest = Math.max(largest, Number(data[i]));
  return largest;
}
