import { Duration, type Size } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { placementOf } from '../functions/placement-options';
import type { Model } from '../model/model';
import { Predictor } from '../predictor/predictor';
import type { IPredictor } from '../predictor/predictor-ref';
import type { GraphOptions } from './predictor-graph';
import type { StepOptions } from './step';

/** A predictor of a graph, and how it is asked. */
export interface GraphMember extends StepOptions {
  /**
   * The model, for which a `Predictor` is made.
   * @default - `predictor` is what is asked
   */
  readonly model?: Model;
  /**
   * Any predictor, another pattern too.
   * @default - one is made for `model`
   */
  readonly predictor?: IPredictor;
  /**
   * Memory of the function that is made for `model`.
   * @default Size.mebibytes(1769)
   */
  readonly memory?: Size;
}

/** The predictor of a member: the one that is given, or one that is made in `scope`. */
export function memberPredictor(
  scope: Construct,
  name: string,
  { memory, model, predictor }: GraphMember,
  options: GraphOptions & { readonly serviceName: string },
): IPredictor {
  if ((model === undefined) === (predictor === undefined)) {
    throw new Error(`model or predictor of ${name} must be given, and not both; got ${model ? 'both' : 'neither'}`);
  }
  if (!model) {
    if (memory) throw new Error(`memory of ${name} must be given to the predictor itself: it has a function already`);
    return predictor as IPredictor;
  }
  return new Predictor(scope, name, {
    ...placementOf(options),
    model,
    memory,
    serviceName: `${options.serviceName}-${name}`,
    // It is told what is left of the graph's time.
    deadline: options.deadline ?? Duration.seconds(10),
  });
}

/** Those of a member's options that are about asking. */
export function stepOptionsOf({
  backoffRate,
  dependency,
  inputs,
  retries,
  retryInterval,
  timeout,
}: GraphMember): StepOptions {
  return { backoffRate, dependency, inputs, retries, retryInterval, timeout };
}
