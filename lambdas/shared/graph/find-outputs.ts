import type { GraphOutput, WireTensor } from '../contract';
import { ServingError } from '../errors';
import type { ObjectStore } from '../payloads/object-store';
import { Sources } from './sources';

/** Of the outputs that a request asks for those that the steps gave. */
export async function findOutputs(
  output: Omit<GraphOutput, 'soft'>,
  names: readonly string[],
  store: ObjectStore | undefined,
): Promise<readonly WireTensor[]> {
  const sources = new Sources(output, store);
  const found = await Promise.all(
    names.map(async (name): Promise<WireTensor | undefined> => {
      const source = output.outputs[name];
      const tensor = source && (await sources.find(source));
      return tensor && { ...tensor, name };
    }),
  );
  const outputs = found.filter((tensor) => tensor !== undefined);
  if (outputs.length > 0) return outputs;
  throw new ServingError('UNAVAILABLE', 'No step has given an answer.', { retryAfterMs: 1000 });
}
