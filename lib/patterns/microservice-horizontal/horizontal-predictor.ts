import { Names } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Aggregation, ParallelPolicy } from '../../graph/aggregation';
import { type GraphMember, memberPredictor, stepOptionsOf } from '../../graph/graph-member';
import { type GraphOptions, PredictorGraph } from '../../graph/predictor-graph';
import { Step } from '../../graph/step';
import { PredictorHolder } from '../../predictor/predictor-holder';

/** One of several predictors that are asked at the same time. */
export interface HorizontalModel extends GraphMember {
  /**
   * Names the model's answer, in errors, logs and metrics too: letters, digits, `-` and `_`.
   * @default - the name of the model
   */
  readonly name?: string;
  /**
   * How much it counts in `Aggregation.weighted` and `Aggregation.vote`.
   * @default 1
   */
  readonly weight?: number;
}

/** Properties of a `HorizontalPredictor`. */
export interface HorizontalPredictorProps extends GraphOptions {
  /** What is asked at the same time, at least two. */
  readonly models: HorizontalModel[];
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
}

/** Predictors that are asked at the same time, as one predictor. */
export class HorizontalPredictor extends PredictorHolder {
  /** The graph of the models. */
  public readonly predictor: PredictorGraph;

  public constructor(scope: Construct, id: string, props: HorizontalPredictorProps) {
    super(scope, id);
    const { aggregation, models, policy, quorum, ...options } = props;
    const serviceName = props.serviceName ?? Names.uniqueResourceName(this, { maxLength: 40 });
    const weights: Record<string, number> = {};
    const steps = models.map((member) => {
      const name = nameOf(member);
      if (member.weight !== undefined) weights[name] = member.weight;
      const predictor = memberPredictor(this, name, member, { ...options, serviceName });
      return Step.predict(name, predictor, stepOptionsOf(member));
    });
    const all = Step.parallel('models', steps, { aggregation, policy, quorum, weights });
    this.predictor = new PredictorGraph(this, 'Graph', { ...options, serviceName, steps: [all] });
  }
}

function nameOf({ model, name, predictor }: HorizontalModel): string {
  return name ?? (model?.card ?? predictor?.card)?.modelName ?? '';
}
