import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Model, Predictor } from '../../../lib';
import { stateMachines } from '../../cloudformation/state-machines';

/** A state of a machine, with whatever fields its type has. */
export interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Default?: string;
  readonly TimeoutSeconds?: string;
  readonly Choices?: readonly { readonly Condition: string; readonly Next: string }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
  readonly Retry?: readonly Readonly<Record<string, unknown>>[];
  readonly Branches?: readonly Machine[];
  // biome-ignore lint/suspicious/noExplicitAny: what a task asks with is JSON of many shapes
  readonly Arguments?: any;
  // biome-ignore lint/suspicious/noExplicitAny: an expression, or an object with some in it
  readonly Output?: any;
}

export interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** The only state machine of a stack. */
export function machineOf(stack: Stack): Machine {
  const machines = Object.values(stateMachines(Template.fromStack(stack).toJSON()));
  if (machines.length !== 1) throw new Error(`the stack has ${machines.length} state machines`);
  return machines[0] as Machine;
}

/** All states, those of branches too, by name. */
export function allStates({ States }: Machine): Record<string, State> {
  const inner = Object.values(States).flatMap(({ Branches = [] }) => Branches.map(allStates));
  return Object.assign({}, States, ...inner);
}

export const digits = (stack: Stack, id = 'Digits'): Predictor =>
  new Predictor(stack, id, { model: Model.fromAsset('models/digits') });
export const fast = (stack: Stack, id = 'Fast'): Predictor =>
  new Predictor(stack, id, { model: Model.fromAsset('models/digits-fast') });
export const locate = (stack: Stack, id = 'Locate'): Predictor =>
  new Predictor(stack, id, { model: Model.fromAsset('models/digits-locate') });
