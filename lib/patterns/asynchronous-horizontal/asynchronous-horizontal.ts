import { type Duration, Names, type Size } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { InferenceApi } from '../../api/inference-api';
import type { InferenceApiOptions } from '../../api/inference-api-options';
import type { Aggregation, Dependency, ParallelPolicy } from '../../graph/aggregation';
import { FanOut } from '../../jobs/fan-out';
import { type PlannedModel, planFanOut } from '../../jobs/fan-out-plan';
import { JobFront } from '../../jobs/job-front';
import type { JobFrontOptions } from '../../jobs/job-front-options';
import type { JobOptions } from '../../jobs/job-options';
import type { JobWorkerOptions } from '../../jobs/job-worker-options';
import type { Model } from '../../model/model';
import { type MonitoringOptions, ServiceMonitoring } from '../../observability/service-monitoring';
import { watchApi } from '../../observability/watch-api';
import { watchFanOut } from '../../observability/watch-fan-out';
import type { ModelRoomOptions } from '../../predictor/model-function-options';
import type { IPredictor } from '../../predictor/predictor-ref';

/** One of several models that answer a job together, each with a queue and a worker of its own. */
export interface AsynchronousHorizontalModel {
  /**
   * Names the model's answer, in errors, logs and metrics too: letters, digits, `-` and `_`.
   * @default - the name of the model
   */
  readonly name?: string;
  /**
   * How much it counts in `Aggregation.weighted` and `Aggregation.vote`.
   * @default 1
   */
  readonly weight?: number;
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
  /**
   * Which input of the request an input of the model is: `request.<input>`.
   * @default - the one of the same name
   */
  readonly inputs?: { readonly [input: string]: string };
  /**
   * Whether its failure fails the job.
   * @default - HARD; with the policy PARTIAL it is SOFT
   */
  readonly dependency?: Dependency;
  /**
   * Longest time of one run of this model, where it is not that of the others.
   * @default - that of the service; with `predictor`, its deadline plus a second
   */
  readonly deadline?: Duration;
  /**
   * Memory of this worker, where it is not that of the others.
   * @default - that of the service
   */
  readonly memory?: Size;
  /**
   * How many of these workers run at once, at most, where it is not as many as of the others. 2 to 1,000.
   * @default - as many as the service says
   */
  readonly maxConcurrency?: number;
}

/** Properties of an `AsynchronousHorizontal` service. */
export interface AsynchronousHorizontalProps
  extends JobOptions,
    JobWorkerOptions,
    JobFrontOptions,
    ModelRoomOptions,
    InferenceApiOptions,
    MonitoringOptions {
  /** What answers each job, at least two. */
  readonly models: AsynchronousHorizontalModel[];
  /**
   * How the answers become one.
   * @default Aggregation.map()
   */
  readonly aggregation?: Aggregation;
  /**
   * What the failure of one means for the job.
   * @default ParallelPolicy.PARTIAL
   */
  readonly policy?: ParallelPolicy;
  /**
   * How many must answer at least; with fewer the job is FAILED.
   * @default 1
   */
  readonly quorum?: number;
  /**
   * Memory of the function that makes one answer of those of the models. It holds those of one job at a time, and needs
   * about twelve times what they are as JSON: the default is for 25 MiB in all.
   * @default Size.mebibytes(512)
   */
  readonly gatherMemory?: Size;
  /**
   * Name of the whole in URLs, logs and metrics.
   * @default - that of the model that is listed last
   */
  readonly modelName?: string;
  /**
   * Version of the whole.
   * @default - that of the model that is listed last
   */
  readonly modelVersion?: string;
  /**
   * Name of the service in logs and metrics.
   * @default - a name made from the construct's path
   */
  readonly serviceName?: string;
}

/**
 * The asynchronous form of MicroserviceHorizontal: one submission reaches every model by a queue of its own; one job
 * collects what they give, each as soon as it is there, and has one answer of theirs when all have settled.
 *
 * Source: mercari/ml-system-design-pattern, Serving-patterns/Microservice-horizontal-pattern
 */
export class AsynchronousHorizontal extends Construct {
  /** Name of the whole. */
  public readonly modelName: string;
  /** The HTTP front. */
  public readonly api: InferenceApi;
  /** Accepts jobs, and shows, cancels and retries them. */
  public readonly front: JobFront;
  /** Table and topic of the jobs, queue and worker of each model, and who makes one answer of theirs. */
  public readonly jobs: FanOut;
  /** Dashboard and alarms. */
  public readonly monitoring: ServiceMonitoring;

  public constructor(scope: Construct, id: string, props: AsynchronousHorizontalProps) {
    super(scope, id);
    const { models } = props;
    const planned = models.map(plannedOf);
    const { card, renamed, spec } = planFanOut(planned, props);
    const serviceName = props.serviceName ?? Names.uniqueResourceName(this, { maxLength: 64 });
    this.modelName = card.modelName;
    const all = planned.map(({ name }) => name);
    const lanes = models.map((own, at) => {
      const { card: ofModel, name } = planned[at] as PlannedModel;
      const endsAll = spec.members[at]?.endsAll ?? false;
      const member = { name, model: ofModel.modelName, endsAll, all, inputs: renamed[name] ?? {} };
      const { model, predictor, maxConcurrency = props.maxConcurrency } = own;
      // A predictor has a deadline of its own, and who asks it needs no room for a model.
      const deadline = own.deadline ?? (predictor ? undefined : props.deadline);
      const memory = own.memory ?? (predictor ? undefined : props.memory);
      return { ...props, model, predictor, maxConcurrency, deadline, memory, member };
    });
    this.jobs = FanOut._of(this, 'Jobs', { ...props, serviceName, card, spec, lanes });
    this.front = new JobFront(this, 'Front', { ...props, jobs: this.jobs, card, revision: this.jobs._revision });
    this.api = new InferenceApi(this, 'Api', { ...props, handler: this.front });
    this.monitoring = new ServiceMonitoring(this, 'Monitoring', { ...props, serviceName, runbook: card.runbook });
    this.monitoring.addText(`**${card.modelName}** ${card.modelVersion}, revision ${this.jobs._revision}`);
    watchFanOut(this.monitoring, this.jobs);
    watchApi(this.monitoring, this.api);
  }

  /** Base URL that `/v2/...` is appended to. */
  public get url(): string {
    return this.api.url;
  }
}

function plannedOf({ dependency, inputs, model, name, predictor, weight }: AsynchronousHorizontalModel): PlannedModel {
  const card = (model ?? predictor)?.card;
  if (!card || (model && predictor)) {
    const whose = name ?? card?.modelName ?? 'models';
    throw new Error(`model or predictor of ${whose} must be given, and not both; got ${model ? 'both' : 'neither'}`);
  }
  return { name: name ?? card.modelName, card, weight, inputs, dependency };
}
