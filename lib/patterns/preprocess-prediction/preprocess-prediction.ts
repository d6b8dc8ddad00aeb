import type { Construct } from 'constructs';
import type { InferenceApi } from '../../api/inference-api';
import type { ServiceMonitoring } from '../../observability/service-monitoring';
import { watchGraph, watchPair, watchStages } from '../../observability/watch-graph';
import { addFront, FrontedPredictor, type FrontOptions } from '../front';
import { PreprocessedPredictor, type PreprocessedPredictorProps } from './preprocessed-predictor';

/** Properties of a `PreprocessPrediction` service. */
export interface PreprocessPredictionProps extends PreprocessedPredictorProps, FrontOptions {}

/**
 * PreprocessPrediction: preprocessing and prediction are units of their own, with code, libraries, memory and scaling of
 * their own, and the faults of one are not those of the other.
 *
 * Source: mercari/ml-system-design-pattern, Serving-patterns/Preprocess-prediction-pattern
 */
export class PreprocessPrediction extends FrontedPredictor {
  /** Preprocessing and model as one predictor. */
  public readonly predictor: PreprocessedPredictor;
  /** The HTTP front. */
  public readonly api: InferenceApi;
  /** Dashboard and alarms. */
  public readonly monitoring: ServiceMonitoring;

  public constructor(scope: Construct, id: string, props: PreprocessPredictionProps) {
    super(scope, id);
    this.predictor = new PreprocessedPredictor(this, 'Predictor', props);
    const { api, monitoring } = addFront(this, this.predictor, props);
    this.api = api;
    this.monitoring = monitoring;
    const { graph, model, preprocessor } = this.predictor;
    if (graph) watchGraph(monitoring, graph);
    else watchStages(monitoring, preprocessor);
    watchPair(monitoring, model);
  }
}
