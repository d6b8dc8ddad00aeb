import { Aggregation, Dependency, ParallelPolicy } from '../aggregation';
import type { ParallelOptions, Step } from '../step';
import { aggregateOutputs, type Member } from './aggregate-outputs';
import { type AslState, failed, failing, jsonata, kept, text, withKept } from './asl';
import { addState, branchOf, type Context, type Fragment, nextOf } from './context';

type CompileStep = (step: Step, context: Context, dependency: Dependency | undefined) => Fragment;

/** Steps at the same time: a branch each, what they mean for one another, and their answers as one. */
export function compileParallel(
  name: string,
  steps: readonly Step[],
  options: ParallelOptions,
  context: Context,
  compile: CompileStep,
): Fragment {
  const { aggregation = Aggregation.map(), policy = ParallelPolicy.PARTIAL } = options;
  const quorum = quorumOf(name, steps, options);
  if (steps.length < 2) throw new Error(`steps of ${name} must be at least two; got ${steps.length}`);
  const key = context.prefix + name;
  const dependencyOf = (step: Step) => ownDependency(step) ?? defaultDependency(policy);
  const state: AslState = { Type: 'Parallel' };
  addState(context, key, state);
  const branches = steps.map((step, at) =>
    branchOf(
      context,
      // Those that wait for all record how they ended, and are looked at together.
      (branch) => compile(step, branch, policy === ParallelPolicy.WAIT ? Dependency.SOFT : dependencyOf(step)),
      ({ keys }) => ({ name: `${context.prefix}${step._node.name} in ${name}`, state: endOf(at, keys) }),
    ),
  );
  state.Branches = branches.map(({ branch }) => branch);
  const joined: AslState = { Type: 'Pass', Output: jsonata('$merge($states.input)') };
  state.Next = addState(context, `${key} joined`, joined);

  const before = context.scope.steps.length;
  // What a step of a branch gives, those behind it may take.
  for (const { scope } of branches) {
    for (const step of scope.steps.slice(before)) context.scope.add(step);
  }
  const members = steps.map(
    (step, at): Member => ({
      name: step._node.name,
      weight: weightOf(name, step._node.name, options),
      outputs: (branches[at] as (typeof branches)[number]).fragment.outputs,
    }),
  );
  const { aggregate, outputs } = aggregateOutputs(name, key, aggregation, members);
  if (aggregate) context.compilation.aggregates[key] = aggregate;

  const answered = branches.map(({ fragment }) => fragment.answered);
  const done: AslState = { Type: 'Pass', Output: withKept(`@${key}`, '{"status": 200}') };
  const checks: AslState = { Type: 'Choice', Choices: [] };
  const choices = checks.Choices as object[];
  if (policy === ParallelPolicy.WAIT) {
    steps.forEach((step, at) => {
      if (dependencyOf(step) === Dependency.SOFT) return;
      const stage = context.prefix + step._node.name;
      const Next = addState(context, `${stage} failed in ${name}`, failed(stage));
      choices.push({ Condition: jsonata(`$not(${answered[at]})`), Next });
    });
  }
  const count = `$sum([${answered.map((each) => `${each} ? 1 : 0`).join(', ')}])`;
  const missed = `{"code": "UNAVAILABLE", "message": "Of ${steps.length} steps ${quorum} must answer, and " & ${count} & " did."}`;
  const Next = addState(context, `${key} too few`, failing(`{"stage": ${text(key)}, "error": ${missed}}`));
  choices.push({ Condition: jsonata(`${count} < ${quorum}`), Next });
  joined.Next = addState(context, `${key} enough`, checks);
  checks.Default = addState(context, `${key} done`, done);
  context.keys.push(`@${key}`);
  context.scope.add({ name, outputs, isOptional: false, isStage: false });
  return { start: key, exits: [nextOf(done)], outputs, answered: `(${kept(`@${key}`)}.status = 200)` };
}

/** The first branch hands on all that was before it too, so that the state is there once. */
function endOf(at: number, keys: readonly string[]): AslState {
  if (at === 0) return { Type: 'Pass' };
  return { Type: 'Pass', Output: jsonata(`{${keys.map((key) => `${text(key)}: ${kept(key)}`).join(', ')}}`) };
}

/** How many must answer. */
export function quorumOf(name: string, steps: readonly unknown[], { quorum = 1 }: ParallelOptions): number {
  if (Number.isInteger(quorum) && quorum >= 1 && quorum <= steps.length) return quorum;
  throw new Error(`quorum of ${name} must be a whole number from 1 to ${steps.length}, its steps; got ${quorum}`);
}

/** What a step without a dependency of its own is to the others. */
export function defaultDependency(policy: ParallelPolicy): Dependency {
  return policy === ParallelPolicy.PARTIAL ? Dependency.SOFT : Dependency.HARD;
}

/** Of a sequence, its last step says it. */
function ownDependency({ _node: node }: Step): Dependency | undefined {
  if (node.kind === 'sequence') return ownDependency(node.steps.at(-1) as Step);
  return node.kind === 'predict' ? node.options.dependency : undefined;
}

/** How much a step counts. */
export function weightOf(name: string, step: string, { weights = {} }: ParallelOptions): number {
  const weight = weights[step] ?? 1;
  if (Number.isFinite(weight) && weight > 0) return weight;
  throw new Error(`weight of ${step} in ${name} must be greater than 0; got ${weight}`);
}
