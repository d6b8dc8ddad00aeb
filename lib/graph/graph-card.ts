import type { CardTensor } from '../model/card-fields';
import type { ModelCard } from '../model/model-card';
import type { IPredictor } from '../predictor/predictor-ref';
import type { CompiledGraph } from './compile/compile-graph';
import { type KnownTensor, misfit, type RequestTensor, written } from './compile/known-tensors';

/** The request's tensors, which are those that steps take and no step gives. */
export class RequestTensors {
  readonly #specs = new Map<string, CardTensor>();

  get specs(): CardTensor[] {
    return [...this.#specs.values()];
  }

  readonly find: RequestTensor = (name, wanted): KnownTensor => {
    const known = this.#specs.get(name);
    const spec = { ...wanted, name };
    if (!known) this.#specs.set(name, spec);
    else if (misfit(known, wanted) !== undefined) {
      throw new Error(
        `inputs: the request's ${name} is taken as ${written(known)} and as ${written(wanted)}; it must be one of them`,
      );
    }
    return { source: { request: name }, spec: known ?? spec };
  };
}

export interface GraphCardOptions {
  readonly modelName?: string;
  readonly modelVersion?: string;
  readonly description?: string;
  readonly stageOutputs: boolean;
}

/** What a graph takes and gives. What is not about tensors is that of the predictor that is asked last. */
export function graphCard(compiled: CompiledGraph, request: RequestTensors, options: GraphCardOptions): ModelCard {
  const { hasChoice, predictors } = compiled;
  const { card } = predictors.at(-1) as IPredictor;
  const names = predictors.map(({ modelName }) => modelName);
  const final = [...compiled.outputs.values()].map(({ spec }) => spec);
  const stages = options.stageOutputs ? [...compiled.stageOutputs.values()].map(({ spec }) => spec) : [];
  const outputs = [...new Map([...final, ...stages].map((spec) => [spec.name, spec])).values()];
  const single = (spec: CardTensor): CardTensor =>
    hasChoice && spec.shape[0] === -1 ? { ...spec, shape: [1, ...spec.shape.slice(1)] } : spec;
  return card._with({
    name: options.modelName ?? card.modelName,
    version: options.modelVersion ?? card.modelVersion,
    description: options.description ?? `${names.join(', ')} as one.`,
    inputs: request.specs.map(single),
    outputs: named(final, compiled).concat(outputs.slice(final.length)),
    image: predictors
      .map((each) => each.card._image)
      .find((image) => image && isTaken(image.input, predictors, request)),
    pair: undefined,
  });
}

/** Final outputs under the names that they have at the end. */
function named(final: readonly CardTensor[], { outputs }: CompiledGraph): CardTensor[] {
  const names = [...outputs.keys()];
  return final.map((spec, at) => ({ ...spec, name: names[at] ?? spec.name }));
}

/** Whether an image goes to its model as it comes in the request. */
function isTaken(input: string, predictors: readonly IPredictor[], request: RequestTensors): boolean {
  const wanted = predictors.flatMap(({ card }) => card._inputs).find(({ name }) => name === input);
  const taken = request.specs.find(({ name }) => name === input);
  return taken !== undefined && wanted !== undefined && misfit(taken, wanted) === undefined;
}
