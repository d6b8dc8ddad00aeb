import { Names } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { type GraphMember, memberPredictor, stepOptionsOf } from '../../graph/graph-member';
import { type GraphOptions, PredictorGraph } from '../../graph/predictor-graph';
import { Step, type StepCondition } from '../../graph/step';
import { PredictorHolder } from '../../predictor/predictor-holder';

/** One of several predictors that are asked one after the other. */
export interface VerticalStage extends GraphMember {
  /** Names the stage in mappings, errors, logs and metrics: letters, digits, `-` and `_`. */
  readonly name: string;
  /**
   * What must hold of an earlier stage's output, or the stage is left out.
   * @default - it is always asked
   */
  readonly when?: StepCondition;
}

/** Properties of a `VerticalPredictor`. */
export interface VerticalPredictorProps extends GraphOptions {
  /**
   * What is asked, one after the other. An input that is not mapped is the output of the same name of the nearest stage
   * before it, else the request's.
   */
  readonly stages: VerticalStage[];
  /**
   * What the whole gives: outputs by name, each `<stage>.<output>`, or several of these with `|` between them, of which
   * the first that there is.
   * @default - the outputs of the last stage; where it may be left out, those of the stage before it that has them
   */
  readonly result?: { readonly [output: string]: string };
}

/** Predictors that are asked one after the other, a later one with what an earlier one gave, as one predictor. */
export class VerticalPredictor extends PredictorHolder {
  /** The graph of the stages. */
  public readonly predictor: PredictorGraph;

  public constructor(scope: Construct, id: string, props: VerticalPredictorProps) {
    super(scope, id);
    const { result, stages, ...options } = props;
    const serviceName = props.serviceName ?? Names.uniqueResourceName(this, { maxLength: 40 });
    const steps = stages.map((stage) => {
      const { name, when } = stage;
      const predictor = memberPredictor(this, name, stage, { ...options, serviceName });
      const step = Step.predict(name, predictor, stepOptionsOf(stage));
      return when ? Step.choose(`when-${name}`, [{ when, step }]) : step;
    });
    this.predictor = new PredictorGraph(this, 'Graph', { ...options, serviceName, steps, result });
  }
}
