import type { Aggregate, TensorSource } from '../../../lambdas/shared/contract';
import type { IPredictor } from '../../predictor/predictor-ref';
import type { AslState, AslStates } from './asl';
import type { KnownTensors, Scope } from './known-tensors';

/** A task that asks a predictor; its arguments are written when all is known that others want of it. */
export interface Leaf {
  readonly key: string;
  readonly state: AslState;
  readonly predictor: IPredictor;
  readonly inputs: Readonly<Record<string, TensorSource>>;
  /** When its time is up, in JSONata. */
  readonly deadline: string;
  /** Outputs that conditions look at. */
  readonly values: Set<string>;
}

/** What a whole machine is made of. */
export interface Compilation {
  readonly leaves: Map<string, Leaf>;
  readonly aggregates: Record<string, Aggregate>;
  /** Steps that the answer may be without. */
  readonly soft: string[];
  /** Milliseconds that steps leave for those after them. */
  readonly reserves: number[];
  /** Names of states, which must be unique in the whole machine. */
  readonly names: Set<string>;
}

/** Where steps are compiled to: the machine itself, or a branch. */
export interface Context {
  readonly compilation: Compilation;
  readonly states: Record<string, AslState>;
  /** What these steps add to the state. */
  readonly keys: string[];
  readonly scope: Scope;
  /** Of a graph within a graph: the names around it. */
  readonly prefix: string;
  /** Moments when time is up, in JSONata. */
  readonly limits: readonly string[];
  /** `<step>.<output>` that a condition of this graph looks at. */
  readonly conditioned: ReadonlySet<string>;
}

/** States that belong together. */
export interface Fragment {
  readonly start: string;
  /** Each says where one way out of them goes. */
  readonly exits: readonly ((next: string) => void)[];
  readonly outputs: KnownTensors;
  /** Whether there is an answer, in JSONata. */
  readonly answered: string;
}

export function addState(context: Context, name: string, state: AslState): string {
  if (context.compilation.names.has(name)) throw new Error(`name must be unique in a graph; got ${name} twice`);
  if (name.length > 80) throw new Error(`name must be shorter where graphs are nested; got ${name}`);
  context.compilation.names.add(name);
  context.states[name] = state;
  return name;
}

export const nextOf = (state: AslState) => (next: string) => {
  state.Next = next;
};

/** States of their own with one end, as a branch of a Parallel state. */
export function branchOf(
  context: Context,
  build: (branch: Context) => Fragment,
  end: (branch: Context, fragment: Fragment) => { readonly name: string; readonly state: AslState },
): { readonly branch: AslStates; readonly fragment: Fragment; readonly scope: Scope } {
  const inner: Context = { ...context, states: {}, keys: [], scope: context.scope.branch() };
  const fragment = build(inner);
  const { name, state } = end(inner, fragment);
  addState(inner, name, { ...state, End: true });
  for (const exit of fragment.exits) exit(name);
  context.keys.push(...inner.keys);
  return { branch: { StartAt: fragment.start, States: inner.states }, fragment, scope: inner.scope };
}
