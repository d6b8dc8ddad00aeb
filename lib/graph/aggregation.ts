import type { AggregationKind } from '../../lambdas/shared/contract';

/** How the answers of parallel steps become one. A step that failed takes no part. */
export class Aggregation {
  /** All of them, each output under `<step>.<output>`. */
  public static map(): Aggregation {
    return new Aggregation(undefined, undefined);
  }
  /**
   * The average of an output, and where the models have a class with the same labels, the class with the largest average.
   *
   * @param output a floating-point output that all have, in one shape
   * @default - the only one that there is
   */
  public static mean(output?: string): Aggregation {
    return new Aggregation('mean', output);
  }
  /**
   * As `mean`, but a step counts by its weight.
   *
   * @param output a floating-point output that all have, in one shape
   */
  public static weighted(output?: string): Aggregation {
    return new Aggregation('weighted', output);
  }
  /**
   * What most say, by weight; of two that are said as often, that of the step which is listed first. `votes` says how many
   * said so.
   *
   * @param output an output of whole numbers or texts that all have, in one shape
   */
  public static vote(output?: string): Aggregation {
    return new Aggregation('vote', output);
  }
  /**
   * Row by row the outputs of the step that is surest: whose largest value is the largest. `chosen` names it.
   *
   * @param output a floating-point output that all have, in one shape
   */
  public static max(output?: string): Aggregation {
    return new Aggregation('max', output);
  }
  /** The outputs of the first step in the list that answered. `chosen` names it. */
  public static select(): Aggregation {
    return new Aggregation('select', undefined);
  }

  private constructor(
    /** @internal */
    public readonly _kind: AggregationKind | undefined,
    /** @internal */
    public readonly _output: string | undefined,
  ) {}
}

/** What the failure of a parallel step means for the others. */
export enum ParallelPolicy {
  /** All are waited for, then one that failed fails the whole. */
  WAIT = 'wait',
  /** Those that answered are the answer, which is marked as partial, if they are enough. */
  PARTIAL = 'partial',
  /** The first that fails, fails the whole at once. */
  FAIL = 'fail',
}

/** What the failure of a step means for the steps around it. */
export enum Dependency {
  /** It fails the whole. */
  HARD = 'hard',
  /** The whole goes on without it, and the answer is marked as partial. */
  SOFT = 'soft',
}
