import type { Construct } from 'constructs';
import type { InferenceApi } from '../../api/inference-api';
import type { PredictorGraph } from '../../graph/predictor-graph';
import type { ServiceMonitoring } from '../../observability/service-monitoring';
import { watchGraph } from '../../observability/watch-graph';
import { addFront, FrontedPredictor, type FrontOptions } from '../front';
import { VerticalPredictor, type VerticalPredictorProps } from './vertical-predictor';

/** Properties of a `MicroserviceVertical` service. */
export interface MicroserviceVerticalProps extends VerticalPredictorProps, FrontOptions {}

/**
 * MicroserviceVertical: several models in order, each in its own function, a later one using what an earlier one gave. The
 * client waits for the answer, which has the result of each stage.
 *
 * Source: mercari/ml-system-design-pattern, Serving-patterns/Microservice-vertical-pattern
 */
export class MicroserviceVertical extends FrontedPredictor {
  /** The stages as one predictor. */
  public readonly predictor: VerticalPredictor;
  /** The HTTP front. */
  public readonly api: InferenceApi;
  /** Dashboard and alarms. */
  public readonly monitoring: ServiceMonitoring;

  public constructor(scope: Construct, id: string, props: MicroserviceVerticalProps) {
    super(scope, id);
    this.predictor = new VerticalPredictor(this, 'Vertical', props);
    const { api, monitoring } = addFront(this, this.predictor, props);
    this.api = api;
    this.monitoring = monitoring;
    watchGraph(monitoring, this.graph);
  }

  /** The graph of the stages: state machine, function, bucket. */
  public get graph(): PredictorGraph {
    return this.predictor.predictor;
  }
}
