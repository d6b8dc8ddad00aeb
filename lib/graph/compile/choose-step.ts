import type { TensorSource } from '../../../lambdas/shared/contract';
import type { Dependency } from '../aggregation';
import type { Step, StepCase, StepCondition } from '../step';
import { type AslState, jsonata, kept, text } from './asl';
import { addState, type Context, type Fragment } from './context';
import type { KnownTensor, KnownTensors } from './known-tensors';

type CompileStep = (step: Step, context: Context, dependency: Dependency | undefined) => Fragment;

/** One of several ways, by what an earlier step gave. Only its steps are asked. */
export function compileChoose(
  name: string,
  cases: readonly StepCase[],
  otherwise: Step | undefined,
  context: Context,
  compile: CompileStep,
): Fragment {
  if (cases.length === 0) throw new Error(`cases of ${name} must be at least one; got none`);
  const key = context.prefix + name;
  const choice: AslState = { Type: 'Choice' };
  addState(context, key, choice);
  const conditions = cases.map(({ when }) => conditionOf(name, when, context));
  const steps = [...cases.map(({ step }) => step), ...(otherwise ? [otherwise] : [])];
  const before = context.scope.branch();
  const ways = steps.map((step) => {
    const scope = before.branch();
    const fragment = compile(step, { ...context, scope }, undefined);
    for (const each of scope.steps.slice(before.steps.length)) context.scope.add({ ...each, isOptional: true });
    return fragment;
  });
  choice.Choices = conditions.map((Condition, at) => ({ Condition, Next: ways[at]?.start }));
  const exits = ways.flatMap((way) => way.exits);
  if (otherwise) choice.Default = ways.at(-1)?.start;
  else
    exits.push((next) => {
      choice.Default = next;
    });
  const outputs = eitherOf(ways.map((way) => way.outputs));
  context.scope.add({ name, outputs, isOptional: otherwise === undefined, isStage: false });
  return { start: key, exits, outputs, answered: `(${ways.map(({ answered }) => answered).join(' or ')})` };
}

/** Outputs that all ways have. */
function eitherOf([first = new Map(), ...others]: readonly KnownTensors[]): KnownTensors {
  const all: [string, KnownTensor][] = [];
  for (const [name, { source, spec }] of first) {
    const same = others.map((outputs) => outputs.get(name));
    const alike = same.every(
      (other) => other?.spec.datatype === spec.datatype && `${other.spec.shape}` === `${spec.shape}`,
    );
    if (!alike) continue;
    const sources = [source, ...same.map((other) => (other as KnownTensor).source)];
    all.push([name, { source: sources.length === 1 ? source : { first: sources }, spec }]);
  }
  return new Map(all);
}

function conditionOf(name: string, when: StepCondition, context: Context): string {
  const what = `when.output of ${name}`;
  const { source } = context.scope.output(when.output, what);
  const value = decidingValue(source, what, context);
  const { atLeast, below, oneOf, text: said } = when;
  const terms = [
    atLeast === undefined ? undefined : `${value} >= ${atLeast}`,
    below === undefined ? undefined : `${value} < ${below}`,
    oneOf === undefined ? undefined : `${value} in [${oneOf.join(', ')}]`,
    said === undefined ? undefined : `${value} = ${text(said)}`,
  ].filter((term) => term !== undefined);
  if (terms.length === 0) throw new Error(`when of ${name} must have atLeast, below, oneOf or text; got none`);
  // Without a value nothing holds; compared with nothing, JSONata gives nothing, which is no condition.
  return jsonata(`$exists(${value}) ? (${terms.join(' and ')}) : false`);
}

/** The one value that the step tells of an output beside its answer, wherever that lies. */
function decidingValue(source: TensorSource, what: string, context: Context): string {
  if ('step' in source) {
    context.compilation.leaves.get(source.step)?.values.add(source.tensor);
    return `$lookup(${kept(source.step)}.values, ${text(source.tensor)})`;
  }
  if ('first' in source) {
    const values = source.first.map((each) => decidingValue(each, what, context));
    return values.reduceRight((rest, value) => `($exists(${value}) ? ${value} : ${rest})`);
  }
  throw new Error(
    `${what} must be an output of a predictor; that of a parallel step or of the request is one where it is a graph of its own`,
  );
}
