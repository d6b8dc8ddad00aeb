import type { GraphOutput, TensorSource, WireTensor } from '../contract';
import { ServingError } from '../errors';
import type { ObjectStore } from '../payloads/object-store';
import { Sources } from './sources';

/** Of the outputs that a request asks for those that the steps gave, at least one. */
export async function findOutputs(
  output: Omit<GraphOutput, 'soft'>,
  names: readonly string[],
  store: ObjectStore | undefined,
): Promise<readonly WireTensor[]> {
  const outputs = await outputsFound(output, names, store);
  if (outputs.length > 0) return outputs;
  throw new ServingError('UNAVAILABLE', 'No step has given an answer.', { retryAfterMs: 1000 });
}

/** Those that the steps gave; there may be none. */
export async function outputsFound(
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
  return found.filter((tensor) => tensor !== undefined);
}

/** Names of the steps that outputs come from, in the order in which those are asked for. */
export function stepsBehind(
  { aggregates = {}, outputs }: Pick<GraphOutput, 'aggregates' | 'outputs'>,
  names: readonly string[],
): string[] {
  const stepsOf = (source: TensorSource): string[] => {
    if ('step' in source) return [source.step];
    if ('first' in source) return source.first.flatMap(stepsOf);
    if ('aggregate' in source) return (aggregates[source.aggregate]?.members ?? []).map(({ name }) => name);
    return [];
  };
  return [...new Set(names.flatMap((name) => (outputs[name] ? stepsOf(outputs[name]) : [])))];
}
