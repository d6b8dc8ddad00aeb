import type { Construct } from 'constructs';
import type { InferenceApi } from '../../api/inference-api';
import type { Model } from '../../model/model';
import type { ServiceMonitoring } from '../../observability/service-monitoring';
import { Predictor } from '../../predictor/predictor';
import type { PredictorOptions } from '../../predictor/predictor-options';
import type { IPredictor } from '../../predictor/predictor-ref';
import { addFront, FrontedPredictor, type FrontOptions } from '../front';
import { refuseModelOptions } from '../refuse-model-options';

/** Properties of a `Synchronous` service. */
export interface SynchronousProps extends PredictorOptions, FrontOptions {
  /**
   * The model, for which a `Predictor` is made.
   * @default - `predictor` is what answers
   */
  readonly model?: Model;
  /**
   * Any predictor, another pattern too. The options of the function are then its own.
   * @default - one is made for `model`
   */
  readonly predictor?: IPredictor;
}

/**
 * Synchronous: the client waits for the answer, because its next step needs it. The predictor is its own unit behind
 * the front, with its own alias and scaling, and an explicit deadline.
 *
 * Source: mercari/ml-system-design-pattern, Serving-patterns/Synchronous-pattern
 */
export class Synchronous extends FrontedPredictor {
  /** What answers. */
  public readonly predictor: IPredictor;
  /** The HTTP front. */
  public readonly api: InferenceApi;
  /** Dashboard and alarms. */
  public readonly monitoring: ServiceMonitoring;

  public constructor(scope: Construct, id: string, props: SynchronousProps) {
    super(scope, id);
    const { model } = props;
    if ((model === undefined) === (props.predictor === undefined)) {
      throw new Error(`Synchronous takes either model or predictor; got ${model ? 'both' : 'neither'}`);
    }
    if (props.predictor) {
      const { maxBodySize, postprocess, preprocess, securityGroups, vpc, vpcSubnets } = props;
      refuseModelOptions(props, { preprocess, postprocess, maxBodySize, vpc, vpcSubnets, securityGroups });
    }
    this.predictor = props.predictor ?? new Predictor(this, 'Predictor', { ...props, model: model as Model });
    const p99Objective = props.p99Objective ?? model?.card.p99Objective;
    const monthlyCostObjective = model?.card.monthlyCostObjective;
    const { api, monitoring } = addFront(this, this.predictor, { ...props, p99Objective, monthlyCostObjective });
    this.api = api;
    this.monitoring = monitoring;
  }
}
