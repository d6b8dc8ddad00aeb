import type { Construct } from 'constructs';
import type { InferenceApi } from '../../api/inference-api';
import { DataPredictor } from '../../data/data-predictor';
import type { DataPredictorOptions } from '../../data/data-predictor-options';
import type { Model } from '../../model/model';
import type { ServiceMonitoring } from '../../observability/service-monitoring';
import { watchCache } from '../../observability/watch-cache';
import { watchFiller } from '../../observability/watch-filler';
import { Predictor } from '../../predictor/predictor';
import type { PredictorOptions } from '../../predictor/predictor-options';
import type { IPredictor } from '../../predictor/predictor-ref';
import { addFront, FrontedPredictor, type FrontOptions } from '../front';
import { refuseHooks, refuseModelOptions } from '../refuse-model-options';

/** Properties of a `DataCache` service. */
export interface DataCacheProps extends DataPredictorOptions, PredictorOptions, FrontOptions {
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
 * DataCache: the client sends ids, and the service fetches what the model takes, from a store or from the cache before
 * it. Data are cached, raw or preprocessed, and no answers: there is an inference each time.
 *
 * Source: mercari/ml-system-design-pattern, Serving-patterns/Data-cache-pattern
 */
export class DataCache extends FrontedPredictor {
  /** What answers, with the inputs that the data make. */
  public readonly asked: IPredictor;
  /** What answers behind the front: what fetches the data. */
  public readonly predictor: DataPredictor;
  /** The HTTP front. */
  public readonly api: InferenceApi;
  /** Dashboard and alarms. */
  public readonly monitoring: ServiceMonitoring;

  public constructor(scope: Construct, id: string, props: DataCacheProps) {
    super(scope, id);
    const { model } = props;
    if ((model === undefined) === (props.predictor === undefined)) {
      throw new Error(`DataCache takes either model or predictor; got ${model ? 'both' : 'neither'}`);
    }
    if (props.predictor) refuseModelOptions(props);
    refuseHooks(props, 'DataCache');
    const serviceName = props.serviceName && `${props.serviceName}-predictor`;
    this.asked = props.predictor ?? new Predictor(this, 'Asked', { ...props, serviceName, model: model as Model });
    this.predictor = new DataPredictor(this, 'Predictor', { ...props, predictor: this.asked });
    const p99Objective = props.p99Objective ?? model?.card.p99Objective;
    const { api, monitoring } = addFront(this, this.predictor, { ...props, p99Objective });
    this.api = api;
    this.monitoring = monitoring;
    watchCache(monitoring, this.predictor);
    const { filler } = this.predictor;
    if (filler) watchFiller(monitoring, filler.function, this.predictor);
  }
}
