import { createHash } from 'node:crypto';
import type { GraphManifest, TensorSource } from '../../../lambdas/shared/contract';
import type { IPredictor } from '../../predictor/predictor-ref';
import { Dependency, ParallelPolicy } from '../aggregation';
import type { Step, StepNode, StepOptions } from '../step';
import { type AslState, type AslStates, caught, ENTERED, given, jsonata, kept, withKept } from './asl';
import { compileChoose } from './choose-step';
import { conditionedOutputs } from './conditioned-outputs';
import { addState, branchOf, type Compilation, type Context, type Fragment } from './context';
import { type KnownTensor, type KnownTensors, type RequestTensor, Scope } from './known-tensors';
import { compileParallel } from './parallel-step';
import { compilePredict, inputOf, requireKnownInputs, timeoutOf } from './predict-step';
import { writeArguments } from './task-arguments';

/** A graph as it is declared. */
export interface GraphDefinition {
  /** One after the other. */
  readonly root: Step;
  /** Outputs of the whole by name, as written; those of the last step where there are none. */
  readonly result?: Readonly<Record<string, string>>;
}

export interface CompiledGraph {
  readonly machine: AslStates;
  /** What answers are made of, as the front compares it with what did answer. */
  readonly manifest: GraphManifest;
  readonly outputs: KnownTensors;
  /** Outputs of each step, under `<step>.<output>`. */
  readonly stageOutputs: KnownTensors;
  readonly predictors: readonly IPredictor[];
  readonly stages: readonly string[];
  readonly inlineBytes: number;
  /** Whether an answer may be without some step. */
  readonly mayBePartial: boolean;
  /** Whether it takes its way by what a step gave: then rows that go together would part. */
  readonly hasChoice: boolean;
  readonly leastDeadlineMs: number;
}

/**
 * Steps -> the state machine that asks them.
 *
 * @param mostInlineBytes what it carries of a request or an answer, where that is less than on AWS
 */
export function compileGraph(
  { root, result }: GraphDefinition,
  request: RequestTensor,
  mostInlineBytes?: number,
): CompiledGraph {
  const compilation: Compilation = { leaves: new Map(), aggregates: {}, soft: [], names: new Set(), reserves: [] };
  const context: Context = {
    compilation,
    states: {},
    keys: [],
    scope: new Scope(request),
    prefix: '',
    limits: [],
    conditioned: conditionedOutputs(root),
  };
  const begin: AslState = { Type: 'Pass', Output: {} };
  const StartAt = addState(context, 'Begin', begin);
  const fragment = compileStep(root, context, undefined);
  begin.Next = fragment.start;
  const outputs = resultOf(fragment, result, context);
  const stageOutputs = stageOutputsOf(context);
  const output: Record<string, unknown> = {
    outputs: sourcesOf([...stageOutputs, ...outputs]),
    aggregates: compilation.aggregates,
    soft: compilation.soft,
    steps: jsonata('$states.input'),
  };
  const end: AslState = { Type: 'Pass', Output: output, End: true };
  for (const exit of fragment.exits) exit(addEnd(context, end));
  const leaves = [...compilation.leaves.values()];
  const inlineBytes = writeArguments(leaves, compilation.aggregates, mostInlineBytes);
  const machine = { StartAt, States: context.states };
  output.machine = digestOf(machine);
  const steps = Object.fromEntries(leaves.map(({ key, predictor }) => [key, predictor.revision]));
  return {
    machine,
    manifest: { machine: output.machine as string, steps },
    outputs,
    stageOutputs,
    predictors: [...new Set(leaves.map(({ predictor }) => predictor))],
    stages: leaves.map(({ key }) => key),
    inlineBytes,
    mayBePartial: compilation.soft.length > 0,
    hasChoice: hasChoice(root),
    leastDeadlineMs: 2000 + Math.max(0, ...compilation.reserves),
  };
}

/** Where predictors are reached is no part of what they answer; as tokens both names are others in each synth, too. */
function digestOf(machine: AslStates): string {
  const isPlace = (key: string) => key === 'FunctionName' || key === 'Resource';
  const text = JSON.stringify(machine, (key, value) => (isPlace(key) ? undefined : value));
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

function addEnd(context: Context, end: AslState): string {
  return 'End' in context.states ? 'End' : addState(context, 'End', end);
}

function compileStep({ _node: node }: Step, context: Context, dependency: Dependency | undefined): Fragment {
  const own = node.kind === 'predict' ? node.options.dependency : undefined;
  const isSoft = (own ?? dependency) === Dependency.SOFT;
  if (node.kind === 'predict') return compileAsked(node, isSoft, context);
  // A failure within several steps is one of all of them.
  return isSoft ? soft(node.name, context, (inner) => compileSeveral(node, inner)) : compileSeveral(node, context);
}

function compileSeveral(node: Exclude<StepNode, { kind: 'predict' }>, context: Context): Fragment {
  if (node.kind === 'parallel') return compileParallel(node.name, node.steps, node.options, context, compileStep);
  if (node.kind === 'choose') return compileChoose(node.name, node.cases, node.otherwise, context, compileStep);
  const fragments = node.steps.map((step, at) => {
    const isLast = at === node.steps.length - 1;
    return compileStep(step, isLast || !mayBeMissing(step) ? context : withTimeLeft(context), undefined);
  });
  fragments.forEach(({ exits }, at) => {
    const next = fragments[at + 1];
    if (next) for (const exit of exits) exit(next.start);
  });
  const [first, last] = [fragments[0] as Fragment, fragments.at(-1) as Fragment];
  return { ...last, start: first.start };
}

/** What may fail without failing the whole must leave time for what comes after it. */
function withTimeLeft(context: Context): Context {
  context.compilation.reserves.push(REST_MS);
  return { ...context, limits: [...context.limits, `${given('deadlineMs')} - ${REST_MS}`] };
}

/** Kept for the steps after one that may take all the time there is. */
const REST_MS = 1000;

function mayBeMissing({ _node: node }: Step): boolean {
  if (node.kind === 'predict') {
    return node.options.dependency === Dependency.SOFT || (node.predictor._graph?.compiled.mayBePartial ?? false);
  }
  if (node.kind === 'choose')
    return [...node.cases.map(({ step }) => step), node.otherwise].some((step) => step && mayBeMissing(step));
  if (node.kind === 'parallel' && (node.options.policy ?? ParallelPolicy.PARTIAL) === ParallelPolicy.PARTIAL)
    return true;
  return node.steps.some(mayBeMissing);
}

/** A predictor that is a graph becomes part of this one: asked as a predictor, its front would wait, and cost, beside. */
function compileAsked(node: StepNode & { kind: 'predict' }, isSoft: boolean, context: Context): Fragment {
  const { name, options, predictor } = node;
  requireKnownInputs(name, predictor, options);
  const graph = predictor._graph;
  if (!graph || options.retries || decidesByAggregate(name, graph.compiled.outputs, context)) {
    return compilePredict(name, predictor, options, isSoft, context);
  }
  const inline = (outer: Context) => inlined(name, predictor, graph.definition, options, outer);
  return isSoft ? soft(name, context, inline) : inline(context);
}

/** No function that is asked by this machine could tell a condition the value of what is made of several answers. */
function decidesByAggregate(name: string, outputs: KnownTensors, { conditioned }: Context): boolean {
  return [...outputs].some(([tensor, { source }]) => conditioned.has(`${name}.${tensor}`) && isAggregate(source));
}

function isAggregate(source: TensorSource): boolean {
  return 'aggregate' in source || ('first' in source && source.first.some(isAggregate));
}

function inlined(
  name: string,
  predictor: IPredictor,
  definition: GraphDefinition,
  options: StepOptions,
  outer: Context,
): Fragment {
  const key = outer.prefix + name;
  const limit = `@${key} until`;
  const until = `${ENTERED} + ${timeoutOf(name, predictor, options).toMilliseconds()}`;
  const begin: AslState = { Type: 'Pass', Output: withKept(limit, until) };
  const start = addState(outer, `${key} begins`, begin);
  outer.keys.push(limit);
  const request: RequestTensor = (input, wanted) => inputOf(name, { ...wanted, name: input }, options, outer);
  const inner: Context = {
    ...outer,
    scope: new Scope(request),
    prefix: `${key}/`,
    limits: [...outer.limits, kept(limit)],
    conditioned: conditionedOutputs(definition.root),
  };
  const fragment = compileStep(definition.root, inner, undefined);
  begin.Next = fragment.start;
  const known = new Map([...stageOutputsOf(inner), ...resultOf(fragment, definition.result, inner)]);
  const outputs = new Map(
    predictor.card._outputs.map((spec): [string, KnownTensor] => [spec.name, known.get(spec.name) as KnownTensor]),
  );
  outer.scope.add({ name, outputs, isOptional: false, isStage: true });
  return { ...fragment, start, outputs };
}

/** Steps whose failure is kept instead of failing what is around them. */
function soft(name: string, context: Context, build: (inner: Context) => Fragment): Fragment {
  const key = context.prefix + name;
  const state: AslState = { Type: 'Parallel' };
  const { branch, fragment, scope } = branchOf(context, build, () => ({
    name: `${key} ended`,
    state: { Type: 'Pass' },
  }));
  for (const step of scope.steps.slice(context.scope.steps.length)) context.scope.add({ ...step, isOptional: true });
  const start = addState(context, `${key} if it can`, state);
  const joined: AslState = { Type: 'Pass', Output: jsonata('$merge($states.input)') };
  state.Branches = [branch];
  state.Next = addState(context, `${key} tried`, joined);
  const catcher: Record<string, unknown> = { ErrorEquals: ['States.ALL'], Output: withKept(key, caught(20_000)) };
  state.Catch = [catcher];
  context.keys.push(key);
  context.compilation.soft.push(key);
  const exit = (next: string) => {
    joined.Next = next;
    catcher.Next = next;
  };
  return { ...fragment, start, exits: [exit] };
}

/** What the whole gives: what is written, or what its last step gives. */
function resultOf({ outputs }: Fragment, result: GraphDefinition['result'], { scope }: Context): KnownTensors {
  if (!result) return new Map([...outputs].map(([name, { spec }]) => [name, scope.given({ ...spec, name })]));
  return new Map(
    Object.entries(result).map(([name, expression]): [string, KnownTensor] => {
      const sources = expression.split('|').map((each) => scope.output(each.trim(), `result.${name}`));
      const [first] = sources as [KnownTensor];
      const source = sources.length === 1 ? first.source : { first: sources.map((each) => each.source) };
      return [name, { source, spec: { ...first.spec, name } }];
    }),
  );
}

function stageOutputsOf({ scope }: Context): KnownTensors {
  return new Map(
    scope.steps
      .filter(({ isStage }) => isStage)
      .flatMap(({ name, outputs }) =>
        [...outputs].map(([tensor, known]): [string, KnownTensor] => {
          const own = `${name}.${tensor}`;
          return [own, { ...known, spec: { ...known.spec, name: own } }];
        }),
      ),
  );
}

function sourcesOf(known: readonly (readonly [string, KnownTensor])[]): Record<string, TensorSource> {
  return Object.fromEntries(known.map(([name, { source }]) => [name, source]));
}

function hasChoice({ _node: node }: Step): boolean {
  if (node.kind === 'predict') return node.predictor._graph?.compiled.hasChoice ?? false;
  return node.kind === 'choose' || node.steps.some(hasChoice);
}
