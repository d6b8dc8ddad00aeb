import type { Duration } from 'aws-cdk-lib';
import type { IPredictor } from '../predictor/predictor-ref';
import type { Aggregation, Dependency, ParallelPolicy } from './aggregation';
import { requireStepName } from './step-name';

/** How a step asks its predictor. */
export interface StepOptions {
  /**
   * Where the inputs of the predictor come from: `<step>.<output>` of a step before it, or `request.<input>`. Several with
   * `|` between them are tried in turn: the first that there is.
   * @default - for each input the output of the same name, datatype and shape of the nearest step before it, else the
   * request's input of the same name
   */
  readonly inputs?: { readonly [input: string]: string };
  /**
   * Longest time of the step with all its tries, in whole seconds.
   * @default - the predictor's deadline, and never more than the graph has left
   */
  readonly timeout?: Duration;
  /**
   * How often a step is tried again that failed in a way that may pass: not ready, throttled, ended. What a predictor
   * refuses is not tried again, and neither is a timeout.
   * @default 0
   */
  readonly retries?: number;
  /**
   * Time before the first retry, in whole seconds.
   * @default Duration.seconds(1)
   */
  readonly retryInterval?: Duration;
  /**
   * What the interval is multiplied by from one retry to the next.
   * @default 2
   */
  readonly backoffRate?: number;
  /**
   * Whether its failure fails the graph.
   * @default - HARD; in a parallel step with the policy PARTIAL it is SOFT
   */
  readonly dependency?: Dependency;
}

/** How parallel steps become one. */
export interface ParallelOptions {
  /**
   * How the answers become one.
   * @default Aggregation.map()
   */
  readonly aggregation?: Aggregation;
  /**
   * What the failure of one means for the others.
   * @default ParallelPolicy.PARTIAL
   */
  readonly policy?: ParallelPolicy;
  /**
   * How many must answer at least; fewer are answered with 503.
   * @default 1
   */
  readonly quorum?: number;
  /**
   * How much a step counts in `Aggregation.weighted` and `Aggregation.vote`, by its name.
   * @default - 1 each
   */
  readonly weights?: { readonly [step: string]: number };
}

/** What must hold of an output. All that is given must. */
export interface StepCondition {
  /** `<step>.<output>`. Of an output with several values, such as probabilities, the largest is looked at. */
  readonly output: string;
  /**
   * The value is this or more.
   * @default - not asked
   */
  readonly atLeast?: number;
  /**
   * The value is less than this.
   * @default - not asked
   */
  readonly below?: number;
  /**
   * The value is one of these.
   * @default - not asked
   */
  readonly oneOf?: number[];
  /**
   * The text is this.
   * @default - not asked
   */
  readonly text?: string;
}

/** A way that a graph may take. */
export interface StepCase {
  /** When it is taken, unless a case before it is. */
  readonly when: StepCondition;
  /** What is done then. */
  readonly step: Step;
}

/** @internal */
export type StepNode =
  | { readonly kind: 'predict'; readonly name: string; readonly predictor: IPredictor; readonly options: StepOptions }
  | { readonly kind: 'sequence'; readonly name: string; readonly steps: readonly Step[] }
  | {
      readonly kind: 'parallel';
      readonly name: string;
      readonly steps: readonly Step[];
      readonly options: ParallelOptions;
    }
  | {
      readonly kind: 'choose';
      readonly name: string;
      readonly cases: readonly StepCase[];
      readonly otherwise?: Step;
    };

/** A step of a graph of predictors: one that is asked, or several in some order. */
export class Step {
  /**
   * Ask a predictor.
   *
   * @param name names the step in mappings, errors, logs and metrics: letters, digits, `-` and `_`
   */
  public static predict(name: string, predictor: IPredictor, options: StepOptions = {}): Step {
    return new Step({ kind: 'predict', name: requireStepName(name), predictor, options });
  }
  /** One after the other; its outputs are those of the last one. */
  public static sequence(...steps: Step[]): Step {
    const last = steps.at(-1);
    if (!last) throw new Error('steps must be at least one; got none');
    return steps.length === 1 ? last : new Step({ kind: 'sequence', name: last._node.name, steps });
  }
  /** At the same time. A sequence among them has the name of its last step. */
  public static parallel(name: string, steps: Step[], options: ParallelOptions = {}): Step {
    return new Step({ kind: 'parallel', name: requireStepName(name), steps, options });
  }
  /**
   * The first case whose condition holds, or `otherwise`, or nothing. Its outputs are those that all ways have; where there
   * is no `otherwise`, it may be without any.
   */
  public static choose(name: string, cases: StepCase[], otherwise?: Step): Step {
    return new Step({ kind: 'choose', name: requireStepName(name), cases, otherwise });
  }

  private constructor(
    /** @internal */
    public readonly _node: StepNode,
  ) {}
}
