import { Size } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { Alias, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import { ENV, JOB_ENV, MODEL_DIR } from '../../lambdas/shared/contract';
import { acknowledge } from '../acknowledgements';
import { addFunction, type FunctionParts } from '../functions/function-parts';
import { handlerCodeWithCard } from '../functions/handler-code';
import { placementOf } from '../functions/placement-options';
import type { Model } from '../model/model';
import { addModelFunction } from '../predictor/model-function';
import { type ModelFunctionOptions, validateModelFunctionOptions } from '../predictor/model-function-options';
import type { IPredictor } from '../predictor/predictor-ref';
import type { IJobSource } from './job-source';
import { type JobWorkerOptions, type WorkPlan, workPlan } from './job-worker-options';

/** Properties of a `JobWorker`. */
export interface JobWorkerProps extends ModelFunctionOptions, JobWorkerOptions {
  /** The jobs that it runs. */
  readonly jobs: IJobSource;
  /**
   * The model, which is in the worker itself.
   * @default - `predictor` is asked
   */
  readonly model?: Model;
  /**
   * Any predictor, which the worker asks.
   * @default - the model is in the worker
   */
  readonly predictor?: IPredictor;
}

/** Takes jobs from the queue and runs them: with the model inside, or by asking a predictor. */
export class JobWorker extends Construct {
  /** The function. */
  public readonly function: LambdaFunction;
  /** The alias `live`, where the model is in the function: the version that passed its self-test. */
  public readonly alias?: Alias;
  /** The function's role. */
  public readonly role: IRole;
  /** The function's log group. */
  public readonly logGroup: LogGroup;
  /** The invocation that a new version must survive before it gets jobs, where the model is in the function. */
  public readonly selfTest?: Trigger;
  /** Changes whenever any result could. */
  public readonly revision: string;
  /** What hands messages of the queue to the function. */
  public readonly eventSource: SqsEventSource;

  public constructor(scope: Construct, id: string, props: JobWorkerProps) {
    super(scope, id);
    const { jobs, model, predictor } = props;
    validateModelFunctionOptions(props);
    const plan = workPlan(props, props);
    requireFits(plan, jobs);
    const environment = {
      ...jobs._environment('work'),
      [JOB_ENV.maxStackedRows]: `${plan.maxStackedRows}`,
    };
    if (model && !predictor) {
      const { serviceName } = jobs;
      const { deadline, timeout } = plan;
      const spec = {
        ...props,
        model,
        serviceName,
        handler: 'worker',
        deadline,
        timeout,
        environment,
        beside: jobs._beside,
      };
      const parts = addModelFunction(this, spec);
      this.alias = parts.alias;
      this.selfTest = parts.selfTest;
      this.revision = parts.revision;
      this.function = parts.function;
      this.role = parts.role;
      this.logGroup = parts.logGroup;
    } else if (predictor && !model) {
      const parts = this.addCaller(props, predictor, plan, environment);
      this.revision = predictor.revision;
      this.function = parts.function;
      this.role = parts.role;
      this.logGroup = parts.logGroup;
    } else {
      throw new Error(`A worker takes either model or predictor; got ${model ? 'both' : 'neither'}`);
    }
    jobs.grantWork(this.role);
    acknowledge(this, 'jobFunction');
    this.eventSource = new SqsEventSource(jobs.queue, {
      batchSize: plan.batchSize,
      maxBatchingWindow: plan.maxBatchingWindow,
      maxConcurrency: plan.maxConcurrency,
      reportBatchItemFailures: true,
    });
    (this.alias ?? this.function).addEventSource(this.eventSource);
  }

  /** Without a model the function only waits, and needs no memory for one. */
  private addCaller(
    props: JobWorkerProps,
    predictor: IPredictor,
    { deadline, timeout }: WorkPlan,
    environment: Record<string, string>,
  ): FunctionParts {
    const parts = addFunction(this, {
      ...placementOf(props),
      reservedConcurrency: props.reservedConcurrency,
      architecture: props.architecture,
      ephemeralStorage: props.ephemeralStorage,
      serviceName: props.jobs.serviceName,
      code: handlerCodeWithCard('worker', predictor.card._manifest(predictor.revision, 'asset'), props.jobs._beside),
      description: `Asks ${predictor.modelName} for the jobs of ${props.jobs.serviceName}`,
      roleDescription: `Runs the jobs of ${props.jobs.serviceName}`,
      memory: props.memory ?? Size.mebibytes(512),
      timeout,
      environment: {
        [ENV.modelDir]: MODEL_DIR,
        [ENV.deadlineMs]: `${deadline.toMilliseconds()}`,
        [ENV.maxBodyBytes]: `${Size.mebibytes(4).toBytes()}`,
        [ENV.predictor]: predictor.target.address,
        ...environment,
      },
    });
    predictor.grantPredict(parts.role);
    return parts;
  }
}

function requireFits({ batchSize, maxBatchingWindow, visibilityTimeout: needed }: WorkPlan, jobs: IJobSource): void {
  if (jobs.visibilityTimeout.toSeconds() < needed.toSeconds()) {
    throw new Error(
      `visibilityTimeout of the jobs (${jobs.visibilityTimeout.toSeconds()} s) must be at least ${needed.toSeconds()} s: six times the worker's timeout plus its batching window`,
    );
  }
  if (jobs.queue.fifo && (maxBatchingWindow || batchSize > 10)) {
    throw new Error('batchSize must be at most 10, and maxBatchingWindow left out: the queue is FIFO');
  }
}
