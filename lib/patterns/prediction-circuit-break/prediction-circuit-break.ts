import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { InferenceApi } from '../../api/inference-api';
import { CircuitBreak } from '../../circuit-break/circuit-break';
import type { CircuitBreakOptions } from '../../circuit-break/circuit-break-options';
import { placementOf } from '../../functions/placement-options';
import type { Model } from '../../model/model';
import type { ServiceMonitoring } from '../../observability/service-monitoring';
import { watchCircuitBreak, watchThrottle } from '../../observability/watch-circuit-break';
import { Predictor } from '../../predictor/predictor';
import type { IPredictor } from '../../predictor/predictor-ref';
import { addFront, FrontedPredictor, type FrontOptions } from '../front';

/** Properties of a `PredictionCircuitBreak` service. */
export interface PredictionCircuitBreakProps extends CircuitBreakOptions, FrontOptions {
  /**
   * The model, for which a `Predictor` is made. For options of its function make it yourself and give it as `predictor`.
   * @default - `predictor` is what is asked
   */
  readonly model?: Model;
  /**
   * Any predictor, another pattern too.
   * @default - one is made for `model`
   */
  readonly predictor?: IPredictor;
}

/**
 * PredictionCircuitBreak: more requests than the service stands are refused, or answered by a fallback, so that the rest
 * is served. The API's throttle breaks a rate, the `CircuitBreak` behind it a number of calls at once, and failure.
 *
 * Source: mercari/ml-system-design-pattern, Serving-patterns/Prediction-circuit-break-pattern
 */
export class PredictionCircuitBreak extends FrontedPredictor {
  /** What is asked as long as it answers. */
  public readonly guarded: IPredictor;
  /** What answers behind the front: the breaker. */
  public readonly predictor: CircuitBreak;
  /** The HTTP front. */
  public readonly api: InferenceApi;
  /** Dashboard and alarms. */
  public readonly monitoring: ServiceMonitoring;

  public constructor(scope: Construct, id: string, props: PredictionCircuitBreakProps) {
    super(scope, id);
    const { model } = props;
    if ((model === undefined) === (props.predictor === undefined)) {
      throw new Error(`PredictionCircuitBreak takes either model or predictor; got ${model ? 'both' : 'neither'}`);
    }
    this.guarded = props.predictor ?? this.addGuarded(model as Model, props);
    this.predictor = new CircuitBreak(this, 'Breaker', { ...props, predictor: this.guarded });
    const p99Objective = props.p99Objective ?? model?.card.p99Objective;
    const { api, monitoring } = addFront(this, this.predictor, { ...props, p99Objective });
    this.api = api;
    this.monitoring = monitoring;
    watchThrottle(monitoring, api, this.predictor);
    watchCircuitBreak(monitoring, this.predictor);
  }

  /** Of the deadline the predictor has what the breaker and the fallback do not need. */
  private addGuarded(model: Model, props: PredictionCircuitBreakProps): Predictor {
    const reserve = 1000 + (props.fallback?._deadline.toMilliseconds() ?? 0);
    const left = props.deadline && props.deadline.toMilliseconds() - reserve;
    if (left !== undefined && left < 50) {
      throw new Error(
        `deadline must be at least ${reserve + 50} ms, so that the predictor has time too; got ${left + reserve} ms`,
      );
    }
    return new Predictor(this, 'Predictor', {
      ...placementOf(props),
      model,
      serviceName: props.serviceName && `${props.serviceName}-predictor`,
      deadline: left === undefined ? undefined : Duration.millis(left),
    });
  }
}
