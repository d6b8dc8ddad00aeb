import { Names } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { InferenceApi } from '../api/inference-api';
import type { InferenceApiOptions } from '../api/inference-api-options';
import { JobFront } from '../jobs/job-front';
import type { JobFrontOptions } from '../jobs/job-front-options';
import type { JobOptions, JobQueueOptions } from '../jobs/job-options';
import { JobWorker } from '../jobs/job-worker';
import { type JobWorkerOptions, workPlan } from '../jobs/job-worker-options';
import { Jobs } from '../jobs/jobs';
import type { OnFastFailure } from '../jobs/on-fast-failure';
import type { Model } from '../model/model';
import { type MonitoringOptions, ServiceMonitoring } from '../observability/service-monitoring';
import { watchApi } from '../observability/watch-api';
import { watchJobs } from '../observability/watch-jobs';
import type { ModelFunctionOptions } from '../predictor/model-function-options';
import type { IPredictor } from '../predictor/predictor-ref';

/** Options of a service whose predictions are jobs. */
export interface JobServiceOptions
  extends JobOptions,
    JobQueueOptions,
    JobWorkerOptions,
    JobFrontOptions,
    ModelFunctionOptions,
    InferenceApiOptions,
    MonitoringOptions {
  /**
   * Name of the service in logs and metrics.
   * @default - a name made from the construct's path
   */
  readonly serviceName?: string;
  /**
   * The model, which is in the worker itself.
   * @default - `predictor` is what the worker asks
   */
  readonly model?: Model;
  /**
   * Any predictor, which the worker asks; it waits meanwhile.
   * @default - the model is in the worker
   */
  readonly predictor?: IPredictor;
}

/** A front that accepts predictions as jobs, and workers that run them. */
export abstract class JobService extends Construct {
  /** Base URL that `/v2/...` is appended to. */
  public get url(): string {
    return this.api.url;
  }
  /** Name of the model whose results the jobs have. */
  public get modelName(): string {
    return this.front.modelName;
  }
  /** The HTTP front. */
  public abstract readonly api: InferenceApi;
  /** Accepts jobs, and shows, cancels and retries them. */
  public abstract readonly front: JobFront;
  /** Runs jobs. */
  public abstract readonly worker: JobWorker;
  /** Table, queues and bucket of the jobs. */
  public abstract readonly jobs: Jobs;
  /** Dashboard and alarms. */
  public abstract readonly monitoring: ServiceMonitoring;
}

/** A predictor that is asked before the job is queued. */
interface FirstStage {
  readonly fast: IPredictor;
  readonly onFastFailure?: OnFastFailure;
}

/** The parts of a service whose predictions are jobs. */
export function addJobService(scope: Construct, props: JobServiceOptions, first?: FirstStage) {
  const { model, predictor } = props;
  const card = (model ?? predictor)?.card;
  if (!card || (model && predictor)) {
    throw new Error(`${scope.constructor.name} takes either model or predictor; got ${model ? 'both' : 'neither'}`);
  }
  const serviceName = props.serviceName ?? Names.uniqueResourceName(scope, { maxLength: 64 });
  const { visibilityTimeout, batchSize } = workPlan(props, props);
  const { modelName } = card;
  const jobs = new Jobs(scope, 'Jobs', { ...props, serviceName, modelName, visibilityTimeout, batchSize });
  const worker = new JobWorker(scope, 'Worker', { ...props, jobs });
  const front = new JobFront(scope, 'Front', { ...props, ...first, jobs, card, revision: worker.revision });
  const api = new InferenceApi(scope, 'Api', { ...props, handler: front });
  const runbook = model?.card.runbook ?? 'the model card of the predictor';
  const monitoring = new ServiceMonitoring(scope, 'Monitoring', { ...props, serviceName, runbook });
  monitoring.addText(`**${modelName}** ${card.modelVersion}, revision ${worker.revision}`);
  watchJobs(monitoring, jobs);
  watchApi(monitoring, api);
  return { jobs, worker, front, api, monitoring };
}
