import type { Construct } from 'constructs';
import type { InferenceApi } from '../../api/inference-api';
import type { PredictorGraph } from '../../graph/predictor-graph';
import type { ServiceMonitoring } from '../../observability/service-monitoring';
import { watchGraph } from '../../observability/watch-graph';
import { addFront, FrontedPredictor, type FrontOptions } from '../front';
import { HorizontalPredictor, type HorizontalPredictorProps } from './horizontal-predictor';

/** Properties of a `MicroserviceHorizontal` service. */
export interface MicroserviceHorizontalProps extends HorizontalPredictorProps, FrontOptions {}

/**
 * MicroserviceHorizontal: independent models on one input, in parallel; their results are integrated, or one is selected.
 *
 * Source: mercari/ml-system-design-pattern, Serving-patterns/Microservice-horizontal-pattern
 */
export class MicroserviceHorizontal extends FrontedPredictor {
  /** The models as one predictor. */
  public readonly predictor: HorizontalPredictor;
  /** The HTTP front. */
  public readonly api: InferenceApi;
  /** Dashboard and alarms. */
  public readonly monitoring: ServiceMonitoring;

  public constructor(scope: Construct, id: string, props: MicroserviceHorizontalProps) {
    super(scope, id);
    this.predictor = new HorizontalPredictor(this, 'Horizontal', props);
    const { api, monitoring } = addFront(this, this.predictor, props);
    this.api = api;
    this.monitoring = monitoring;
    watchGraph(monitoring, this.graph);
  }

  /** The graph of the models: state machine, function, bucket. */
  public get graph(): PredictorGraph {
    return this.predictor.predictor;
  }
}
