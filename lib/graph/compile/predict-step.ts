import { Aws, Duration } from 'aws-cdk-lib';
import type { CardTensor } from '../../model/card-fields';
import type { IPredictor } from '../../predictor/predictor-ref';
import { PredictorTransport } from '../../predictor/predictor-target';
import type { StepOptions } from '../step';
import { ANSWER, type AslState, caught, ENTERED, failed, given, isAnswered, jsonata, withKept } from './asl';
import { addState, type Context, type Fragment, nextOf } from './context';
import type { KnownTensor } from './known-tensors';

/** A step with one predictor: a task, and what becomes of its failure. */
export function compilePredict(
  name: string,
  predictor: IPredictor,
  options: StepOptions,
  isSoft: boolean,
  context: Context,
): Fragment {
  const key = context.prefix + name;
  requireLambda(predictor, name);
  const limit = `${ENTERED} + ${timeoutOf(name, predictor, options).toMilliseconds()}`;
  const deadline = `$min([${[given('deadlineMs'), limit, ...context.limits].join(', ')}])`;
  const state: AslState = {
    Type: 'Task',
    Resource: `arn:${Aws.PARTITION}:states:::lambda:invoke`,
    Output: withKept(key, ANSWER),
    TimeoutSeconds: jsonata(`$max([1, $floor((${deadline} - $millis()) / 1000)])`),
    Retry: retryOf(name, predictor, options),
    Catch: [{ ErrorEquals: ['States.ALL'], Output: withKept(key, caught(1000)) }],
  };
  addState(context, key, state);
  context.keys.push(key);
  const inputs = Object.fromEntries(
    predictor.card._inputs.map((spec) => [spec.name, inputOf(name, spec, options, context).source]),
  );
  context.compilation.leaves.set(key, { key, state, predictor, inputs, deadline, values: new Set() });
  const goOn = (next: string) => {
    state.Next = next;
    (state.Catch as [Record<string, unknown>])[0].Next = next;
  };
  const source = (spec: CardTensor): [string, KnownTensor] => [
    spec.name,
    { source: { step: key, tensor: spec.name }, spec },
  ];
  const outputs = new Map(predictor.card._outputs.map(source));
  context.scope.add({ name, outputs, isOptional: isSoft, isStage: true });
  const answered = isAnswered(key);
  if (isSoft) {
    context.compilation.soft.push(key);
    return { start: key, exits: [goOn], outputs, answered };
  }
  const choice: AslState = { Type: 'Choice', Choices: [{ Condition: jsonata(answered) }] };
  goOn(addState(context, `${key} answered`, choice));
  choice.Default = addState(context, `${key} failed`, failed(key));
  return { start: key, exits: [nextOf((choice.Choices as [AslState])[0])], outputs, answered };
}

/** Where an input comes from: what is written, or what has its name. */
export function inputOf(name: string, spec: CardTensor, { inputs = {} }: StepOptions, { scope }: Context): KnownTensor {
  const expression = inputs[spec.name];
  return expression === undefined
    ? scope.byName(spec)
    : scope.written(expression, spec, `inputs.${spec.name} of ${name}`);
}

export function requireKnownInputs(name: string, predictor: IPredictor, { inputs = {} }: StepOptions): void {
  const known = predictor.card._inputs.map((spec) => spec.name);
  const unknown = Object.keys(inputs).find((input) => !known.includes(input));
  if (unknown === undefined) return;
  throw new Error(
    `inputs of ${name} must be among those of ${predictor.modelName} (${known.join(', ')}); got ${unknown}`,
  );
}

export function timeoutOf(name: string, predictor: IPredictor, { timeout }: StepOptions): Duration {
  if (!timeout) return predictor.deadline;
  const ms = timeout.toMilliseconds();
  if (ms >= 1000 && ms % 1000 === 0) return timeout;
  throw new Error(`timeout of ${name} must be whole seconds, at least 1; got ${ms} ms`);
}

function requireLambda({ target }: IPredictor, name: string): void {
  if (target.transport === PredictorTransport.LAMBDA) return;
  throw new Error(`predictor of ${name} must be reached by Lambda; got ${target.transport}`);
}

function retryOf(name: string, predictor: IPredictor, options: StepOptions): object[] | undefined {
  const { backoffRate = 2, retries = 0, retryInterval = Duration.seconds(1) } = options;
  if (!Number.isInteger(retries) || retries < 0 || retries > 10) {
    throw new Error(`retries of ${name} must be a whole number from 0 to 10; got ${retries}`);
  }
  if (retries === 0) return undefined;
  const interval = retryInterval.toMilliseconds() / 1000;
  if (!Number.isInteger(interval) || interval < 1) {
    throw new Error(`retryInterval of ${name} must be whole seconds, at least 1; got ${interval} s`);
  }
  if (backoffRate < 1) throw new Error(`backoffRate of ${name} must be at least 1; got ${backoffRate}`);
  const waits = Array.from({ length: retries }, (_, retry) => interval * backoffRate ** retry);
  const total = waits.reduce((sum, wait) => sum + wait, 0);
  const timeout = timeoutOf(name, predictor, options).toSeconds({ integral: false });
  if (total >= timeout) {
    throw new Error(`retries of ${name} must fit in its ${timeout} s; their intervals alone are ${total} s`);
  }
  return [
    {
      // Whatever a function threw, and what Lambda refused; a predictor returns what must not be tried again.
      ErrorEquals: ['States.TaskFailed'],
      IntervalSeconds: interval,
      MaxAttempts: retries,
      BackoffRate: backoffRate,
    },
  ];
}
