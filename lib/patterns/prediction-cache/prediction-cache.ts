import type { Construct } from 'constructs';
import type { InferenceApi } from '../../api/inference-api';
import { CachedPredictor } from '../../cache/cached-predictor';
import type { CachedPredictorOptions } from '../../cache/cached-predictor-options';
import type { Model } from '../../model/model';
import type { ServiceMonitoring } from '../../observability/service-monitoring';
import { watchCache, watchInferences } from '../../observability/watch-cache';
import { Predictor } from '../../predictor/predictor';
import type { PredictorOptions } from '../../predictor/predictor-options';
import type { IPredictor } from '../../predictor/predictor-ref';
import { addFront, FrontedPredictor, type FrontOptions } from '../front';
import { refuseHooks, refuseModelOptions } from '../refuse-model-options';

/** Properties of a `PredictionCache` service. */
export interface PredictionCacheProps extends CachedPredictorOptions, PredictorOptions, FrontOptions {
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
 * PredictionCache: a question that was asked before is answered with what was said then. Lookup and inference begin
 * together, and a hit does not wait for the inference.
 *
 * Source: mercari/ml-system-design-pattern, Serving-patterns/Prediction-cache-pattern
 */
export class PredictionCache extends FrontedPredictor {
  /** What answers where the cache does not. */
  public readonly cached: IPredictor;
  /** What answers behind the front: the cache. */
  public readonly predictor: CachedPredictor;
  /** The HTTP front. */
  public readonly api: InferenceApi;
  /** Dashboard and alarms. */
  public readonly monitoring: ServiceMonitoring;

  public constructor(scope: Construct, id: string, props: PredictionCacheProps) {
    super(scope, id);
    const { model } = props;
    if ((model === undefined) === (props.predictor === undefined)) {
      throw new Error(`PredictionCache takes either model or predictor; got ${model ? 'both' : 'neither'}`);
    }
    if (props.predictor) refuseModelOptions(props);
    refuseHooks(props, 'PredictionCache');
    requireCallers(props);
    const serviceName = props.serviceName && `${props.serviceName}-predictor`;
    this.cached = props.predictor ?? new Predictor(this, 'Cached', { ...props, serviceName, model: model as Model });
    this.predictor = new CachedPredictor(this, 'Predictor', { ...props, predictor: this.cached });
    const { api, monitoring } = addFront(this, this.predictor, {
      ...props,
      p99Objective: props.p99Objective ?? model?.card.p99Objective,
    });
    this.api = api;
    this.monitoring = monitoring;
    watchCache(monitoring, this.predictor);
    watchInferences(monitoring, this.predictor);
  }
}

/** Where anyone may call, nobody has a name. */
function requireCallers({ auth, perPrincipal }: PredictionCacheProps): void {
  if (!perPrincipal || auth?._scheme.kind !== 'none' || auth._apiKey) return;
  throw new Error('perPrincipal must come with an auth that tells callers apart; got Auth.none()');
}
