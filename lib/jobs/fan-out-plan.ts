import type { FanOutMember, FanOutSpec } from '../../lambdas/shared/contract';
import { Aggregation, Dependency, ParallelPolicy } from '../graph/aggregation';
import { aggregateOutputs, type Member } from '../graph/compile/aggregate-outputs';
import { defaultDependency, quorumOf, weightOf } from '../graph/compile/parallel-step';
import { RequestTensors } from '../graph/graph-card';
import { REQUEST, requireStepName } from '../graph/step-name';
import type { CardImage } from '../model/card-fields';
import type { ModelCard } from '../model/model-card';

/** One of the models, as far as it matters for the whole. */
export interface PlannedModel {
  readonly name: string;
  readonly card: ModelCard;
  readonly weight?: number;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly dependency?: Dependency;
}

export interface FanOutOptions {
  readonly aggregation?: Aggregation;
  readonly policy?: ParallelPolicy;
  readonly quorum?: number;
  readonly modelName?: string;
  readonly modelVersion?: string;
}

/** What the whole takes and gives, and how it is made of what the models take and give. */
export interface FanOutPlan {
  readonly card: ModelCard;
  readonly spec: FanOutSpec;
  /** By the name of the model: which tensor of the request an input is, where it has another name. */
  readonly renamed: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const WHOLE = 'models';
/** What gathers has queues of its own, which the command line finds by name. */
const TAKEN = 'gather';

export function planFanOut(models: readonly PlannedModel[], options: FanOutOptions): FanOutPlan {
  requireModels(models);
  const { aggregation = Aggregation.map(), policy = ParallelPolicy.PARTIAL } = options;
  const quorum = quorumOf(WHOLE, models, options);
  const request = new RequestTensors();
  const renamed = Object.fromEntries(models.map((model) => [model.name, inputsOf(model, request)]));
  const weights = Object.fromEntries(
    models.flatMap(({ name, weight }) => (weight === undefined ? [] : [[name, weight]])),
  );
  const { aggregate, outputs } = aggregateOutputs(
    WHOLE,
    WHOLE,
    aggregation,
    models.map((model) => memberOf(model, weightOf(WHOLE, model.name, { weights }))),
  );
  const members = models.map(({ dependency = defaultDependency(policy), name }): FanOutMember => {
    const isHard = dependency === Dependency.HARD;
    return { name, isHard, endsAll: isHard && policy !== ParallelPolicy.WAIT };
  });
  const sources = Object.fromEntries([...outputs].map(([name, { source }]) => [name, source]));
  const last = (models.at(-1) as PlannedModel).card;
  const card = last._with({
    name: options.modelName ?? last.modelName,
    version: options.modelVersion ?? last.modelVersion,
    description: `${models.map(({ card: each }) => each.modelName).join(', ')} as one.`,
    inputs: request.specs,
    outputs: [...outputs].map(([name, { spec }]) => ({ ...spec, name })),
    image: imageOf(models),
    pair: undefined,
  });
  const aggregates: FanOutSpec['aggregates'] = aggregate ? { [WHOLE]: aggregate } : {};
  return { card, spec: { members, quorum, aggregates, outputs: sources }, renamed };
}

function requireModels(models: readonly PlannedModel[]): void {
  if (models.length < 2) throw new Error(`models must be at least two; got ${models.length}`);
  const seen = new Set<string>();
  for (const { name } of models) {
    requireStepName(name);
    if (seen.has(name) || name === TAKEN) {
      throw new Error(`name must be one that no other model has, and not "${TAKEN}"; got ${JSON.stringify(name)}`);
    }
    seen.add(name);
  }
}

/** The request's tensors that a model takes; of those that have another name there, which. */
function inputsOf({ card, inputs = {}, name }: PlannedModel, request: RequestTensors): Record<string, string> {
  for (const input of Object.keys(inputs)) {
    if (card._inputs.some((spec) => spec.name === input)) continue;
    throw new Error(`inputs of ${name} must be inputs of ${card.modelName}; got ${JSON.stringify(input)}`);
  }
  const names = card._inputs.map((spec): [string, string] => {
    const from = inputs[spec.name] === undefined ? spec.name : requestInput(name, inputs[spec.name] as string);
    request.find(from, spec);
    return [spec.name, from];
  });
  return Object.fromEntries(names.filter(([input, from]) => input !== from));
}

function requestInput(name: string, source: string): string {
  const [start, ...rest] = source.split('.');
  if (start === REQUEST && rest.length > 0) return rest.join('.');
  throw new Error(`inputs of ${name} must be written as request.<input>; got ${JSON.stringify(source)}`);
}

function memberOf({ card, name }: PlannedModel, weight: number): Member {
  const outputs = card._outputs.map(
    (spec) => [spec.name, { source: { step: name, tensor: spec.name }, spec }] as const,
  );
  return { name, weight, outputs: new Map(outputs) };
}

/** The image that becomes an input of the request, as the first model that takes one describes it. */
function imageOf(models: readonly PlannedModel[]): CardImage | undefined {
  const found = models.find(({ card: { _image: image }, inputs = {} }) => image && inputs[image.input] === undefined);
  return found?.card._image;
}
