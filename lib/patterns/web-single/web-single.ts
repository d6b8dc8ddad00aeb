import type { Construct } from 'constructs';
import type { InferenceApi } from '../../api/inference-api';
import type { ServiceMonitoring } from '../../observability/service-monitoring';
import { Predictor, type PredictorProps } from '../../predictor/predictor';
import { addFront, FrontedPredictor, type FrontOptions } from '../front';

/** Properties of a `WebSingle` service. */
export interface WebSingleProps extends PredictorProps, FrontOptions {}

/**
 * WebSingle: the model in the web function itself. Request decoding, preprocessing and model are one unit; the fastest
 * way to production.
 *
 * Source: mercari/ml-system-design-pattern, Serving-patterns/Web-single-pattern
 */
export class WebSingle extends FrontedPredictor {
  /** The function with the model. */
  public readonly predictor: Predictor;
  /** The HTTP front. */
  public readonly api: InferenceApi;
  /** Dashboard and alarms. */
  public readonly monitoring: ServiceMonitoring;

  public constructor(scope: Construct, id: string, props: WebSingleProps) {
    super(scope, id);
    this.predictor = new Predictor(this, 'Predictor', props);
    const { card } = props.model;
    const p99Objective = props.p99Objective ?? card.p99Objective;
    const { monthlyCostObjective } = card;
    const { api, monitoring } = addFront(this, this.predictor, { ...props, p99Objective, monthlyCostObjective });
    this.api = api;
    this.monitoring = monitoring;
  }
}
