import { Duration, Names } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { JOB_METRICS } from '../../../lambdas/shared/contract';
import type { InferenceApi } from '../../api/inference-api';
import { placementOf } from '../../functions/placement-options';
import type { JobFront } from '../../jobs/job-front';
import type { JobWorker } from '../../jobs/job-worker';
import type { Jobs } from '../../jobs/jobs';
import type { OnFastFailure } from '../../jobs/on-fast-failure';
import type { Model } from '../../model/model';
import type { ServiceMonitoring } from '../../observability/service-monitoring';
import { watchPredictor } from '../../observability/watch-predictor';
import { Predictor } from '../../predictor/predictor';
import type { IPredictor } from '../../predictor/predictor-ref';
import { addJobService, JobService, type JobServiceOptions } from '../job-service';
import { requireSameInputs } from './same-inputs';

/** Properties of a `MultipleStage` service. `model` or `predictor` is the second, better stage. */
export interface MultipleStageProps extends JobServiceOptions {
  /**
   * The model of the first stage, for which a `Predictor` is made.
   * @default - `fastPredictor` is the first stage
   */
  readonly fast?: Model;
  /**
   * Any predictor as the first stage.
   * @default - one is made for `fast`
   */
  readonly fastPredictor?: IPredictor;
  /**
   * Longest time of the first stage, where it is made for `fast`.
   * @default Duration.seconds(2)
   */
  readonly fastDeadline?: Duration;
  /**
   * What happens when the first stage fails.
   * @default OnFastFailure.QUEUE
   */
  readonly onFastFailure?: OnFastFailure;
}

/**
 * MultipleStage: a quick answer now, a better one later. The response has the first stage's result and a job; the job has
 * the second stage's.
 *
 * Source: mercari/ml-system-design-pattern, Serving-patterns/Multiple-stage-prediction-pattern
 */
export class MultipleStage extends JobService {
  /** The first stage. */
  public readonly fast: IPredictor;
  /** The HTTP front. */
  public readonly api: InferenceApi;
  /** Asks the first stage and queues the second. */
  public readonly front: JobFront;
  /** Runs the second stage. */
  public readonly worker: JobWorker;
  /** Table, queues and bucket of the second stage. */
  public readonly jobs: Jobs;
  /** Dashboard and alarms. */
  public readonly monitoring: ServiceMonitoring;

  public constructor(scope: Construct, id: string, props: MultipleStageProps) {
    super(scope, id);
    const { fast: model, fastPredictor, fastDeadline: deadline } = props;
    if ((model === undefined) === (fastPredictor === undefined)) {
      throw new Error(`MultipleStage takes either fast or fastPredictor; got ${model ? 'both' : 'neither'}`);
    }
    if (fastPredictor && deadline) {
      throw new Error('fastDeadline must be given to the predictor itself: fastPredictor has a deadline already');
    }
    if (props.preprocess || props.postprocess) {
      throw new Error('preprocess and postprocess are not for MultipleStage: both stages get the same tensors');
    }
    const card = (model ?? fastPredictor)?.card;
    const better = (props.model ?? props.predictor)?.card;
    if (card && better) requireSameInputs(card, better);
    const serviceName = props.serviceName ?? Names.uniqueResourceName(this, { maxLength: 59 });
    this.fast = fastPredictor ?? this.addFast(model as Model, serviceName, props);
    const parts = addJobService(
      this,
      { ...props, serviceName },
      { fast: this.fast, onFastFailure: props.onFastFailure },
    );
    this.jobs = parts.jobs;
    this.worker = parts.worker;
    this.front = parts.front;
    this.api = parts.api;
    this.monitoring = parts.monitoring;
    watchPredictor(this.monitoring, this.fast, card?.p99Objective ?? this.fast.deadline);
    this.monitoring.addGraph({
      title: 'Rows to which both stages say the same (%)',
      metrics: [this.jobs.metric(JOB_METRICS.agreement.name, { statistic: Stats.AVERAGE, label: 'agreement' })],
    });
  }

  /** The options of the worker's function are not those of a fast one; where it runs and what it leaves is the same. */
  private addFast(model: Model, serviceName: string, props: MultipleStageProps): Predictor {
    return new Predictor(this, 'Fast', {
      ...placementOf(props),
      architecture: props.architecture,
      model,
      serviceName: `${serviceName}-fast`,
      deadline: props.fastDeadline ?? Duration.seconds(2),
    });
  }
}
