import type { Construct } from 'constructs';
import type { InferenceApi } from '../../api/inference-api';
import type { Model } from '../../model/model';
import type { ServiceMonitoring } from '../../observability/service-monitoring';
import { Predictor } from '../../predictor/predictor';
import type { PredictorOptions } from '../../predictor/predictor-options';
import type { IPredictor } from '../../predictor/predictor-ref';
import { addFront, FrontedPredictor, type FrontOptions } from '../front';

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
    if (props.predictor) refuseFunctionOptions(props);
    this.predictor = props.predictor ?? new Predictor(this, 'Predictor', { ...props, model: model as Model });
    const p99Objective = props.p99Objective ?? model?.card.p99Objective;
    const { api, monitoring } = addFront(this, this.predictor, { ...props, p99Objective });
    this.api = api;
    this.monitoring = monitoring;
  }
}

/** A predictor that exists has its own function; an option for one would be lost without a word. */
function refuseFunctionOptions(props: SynchronousProps): void {
  const { deadline, memory, ephemeralStorage, architecture, maxBodySize, vpc, vpcSubnets, securityGroups } = props;
  const { reservedConcurrency, provisionedConcurrency, maxProvisionedConcurrency } = props;
  const { preprocess, postprocess, payloadLog } = props;
  const options = {
    preprocess,
    postprocess,
    deadline,
    memory,
    ephemeralStorage,
    architecture,
    maxBodySize,
    vpc,
    vpcSubnets,
    securityGroups,
    reservedConcurrency,
    provisionedConcurrency,
    maxProvisionedConcurrency,
    payloadLog,
  };
  const given = Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (given.length) {
    throw new Error(`${given.join(', ')} must be given to the predictor itself: this one has a function already.`);
  }
}
