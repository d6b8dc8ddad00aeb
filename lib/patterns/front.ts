import type { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { InferenceApi } from '../api/inference-api';
import type { InferenceApiOptions } from '../api/inference-api-options';
import type { PlacementOptions } from '../functions/placement-options';
import { type MonitoringOptions, ServiceMonitoring } from '../observability/service-monitoring';
import { watchApi } from '../observability/watch-api';
import { watchPredictor } from '../observability/watch-predictor';
import { PredictorHolder } from '../predictor/predictor-holder';
import type { IPredictor } from '../predictor/predictor-ref';

/** Options of a front, and of what watches it and the predictor behind it. */
export interface FrontOptions extends InferenceApiOptions, MonitoringOptions {
  /**
   * The 99th percentile of latency that is promised.
   * @default - the objective on the model card; with `predictor`, its deadline
   */
  readonly p99Objective?: Duration;
}

/** A pattern with an HTTP front, which answers at once: it is a predictor itself and answers as the one behind its front. */
export abstract class FrontedPredictor extends PredictorHolder {
  /** The HTTP front. */
  public abstract readonly api: InferenceApi;

  /** Base URL that `/v2/...` is appended to. */
  public get url(): string {
    return this.api.url;
  }
}

/** What a front is told beside its options. */
interface FrontSpec extends FrontOptions, PlacementOptions {
  readonly serviceName?: string;
  /** Of a service that is one model, and costs what its card says. */
  readonly monthlyCostObjective?: number;
}

/** The HTTP front of a predictor, with dashboard and alarms of both. */
export function addFront(scope: Construct, predictor: IPredictor, spec: FrontSpec) {
  const api = new InferenceApi(scope, 'Api', { ...spec, handler: predictor });
  const serviceName = spec.serviceName ?? predictor.serviceName;
  const { runbook } = predictor.card;
  const monitoring = new ServiceMonitoring(scope, 'Monitoring', { ...spec, serviceName, runbook });
  watchPredictor(monitoring, predictor, spec.p99Objective ?? predictor.deadline);
  watchApi(monitoring, api);
  return { api, monitoring };
}
