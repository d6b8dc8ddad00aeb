import { GRAPH_ERROR } from '../../../lambdas/shared/contract';

/** A state of the Amazon States Language; its fields are those of its type. */
export interface AslState {
  readonly Type: 'Task' | 'Pass' | 'Choice' | 'Parallel' | 'Fail';
  [field: string]: unknown;
}

/** States by name, and where they begin. */
export interface AslStates {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, AslState>>;
}

// The state of a machine is an object: the answers of the steps so far, by name. What is not an answer begins with "@".

/** An expression of JSONata as a state has it. */
export const jsonata = (expression: string): string => `{% ${expression} %}`;

export const text = (value: string): string => JSON.stringify(value);

/** What the state holds under a key; names of steps may have characters that JSONata would read. */
export const kept = (key: string): string => `$lookup($states.input, ${text(key)})`;

export const isAnswered = (key: string): string => `(${kept(key)}.status = 200)`;

/** The state with one thing more. */
export const withKept = (key: string, expression: string): string =>
  jsonata(`$merge([$states.input, {${text(key)}: ${expression}}])`);

/** What the front handed over. */
export const given = (field: string): string => `$states.context.Execution.Input.${field}`;

/** When the state began. */
export const ENTERED = '$toMillis($states.context.State.EnteredTime)';
const TIMES = `"startMs": ${ENTERED}, "endMs": $millis()`;

/** A function's answer, as the state keeps it. */
export const ANSWER = `$merge([$states.result.Payload, {${TIMES}}])`;

/** What was caught, as the state keeps it. A cause may be as long as a stack trace is, or say what failed within. */
export const caught = (causeLength: number): string =>
  `{"status": 0, "caught": {"error": $states.errorOutput.Error, ` +
  `"cause": $substring($states.errorOutput.Cause, 0, ${causeLength})}, ${TIMES}}`;

/** Ends the execution, or the branch, because of a step. */
export function failed(stage: string, key = stage): AslState {
  return failing(`{"stage": ${text(stage)}, "answer": ${kept(key)}}`);
}

export function failing(failure: string): AslState {
  return { Type: 'Fail', Error: GRAPH_ERROR, Cause: jsonata(`$string(${failure})`) };
}
