import type { Construct } from 'constructs';
import { InferenceApi } from '../../api/inference-api';
import type { InferenceApiOptions } from '../../api/inference-api-options';
import { type MonitoringOptions, ServiceMonitoring } from '../../observability/service-monitoring';
import { watchApi } from '../../observability/watch-api';
import { watchPredictor } from '../../observability/watch-predictor';
import { Predictor, type PredictorProps } from '../../predictor/predictor';
import { FrontedPredictor } from '../front';

/** Properties of a `WebSingle` service. */
export interface WebSingleProps extends PredictorProps, InferenceApiOptions, MonitoringOptions {}

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
    this.api = new InferenceApi(this, 'Api', { ...props, handler: this.predictor });
    this.monitoring = new ServiceMonitoring(this, 'Monitoring', {
      ...props,
      serviceName: this.predictor.serviceName,
      runbook: props.model.card.runbook,
      monthlyCostObjective: props.model.card.monthlyCostObjective,
    });
    watchPredictor(this.monitoring, this.predictor, props.model.card.p99Objective);
    watchApi(this.monitoring, this.api);
  }
}
