import { Duration, Size } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { Alias, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ENV, JOB_ENV, JOB_ROUTES, MODEL_DIR, type ModelManifest, ROUTES } from '../../lambdas/shared/contract';
import { acknowledge } from '../acknowledgements';
import type { ApiRoute, IApiHandler } from '../api/api-handler';
import { allowOrigin } from '../functions/allow-origin';
import { addFunction } from '../functions/function-parts';
import { handlerCodeWithCard } from '../functions/handler-code';
import { type PlacementOptions, placementOf } from '../functions/placement-options';
import type { ModelCard } from '../model/model-card';
import type { Hook } from '../predictor/hook';
import { functionTimeout } from '../predictor/predict-task';
import type { IPredictor } from '../predictor/predictor-ref';
import { type PredictorTarget, PredictorTransport } from '../predictor/predictor-target';
import { type JobFrontOptions, submitDeadlineOf } from './job-front-options';
import type { IJobIntake } from './job-source';
import { OnFastFailure } from './on-fast-failure';

/** Properties of a `JobFront`. */
export interface JobFrontProps extends JobFrontOptions, PlacementOptions {
  /** The jobs that it accepts. */
  readonly jobs: IJobIntake;
  /** What the model takes and gives: requests are checked against it before they become jobs. */
  readonly card: ModelCard;
  /** Revision of what runs the jobs. */
  readonly revision: string;
  /**
   * The worker's hook that reads the bodies of `POST /predict`: then only the worker can tell which ones are right.
   * @default - none: the front checks them
   */
  readonly preprocess?: Hook;
  /**
   * A predictor that is asked at once; its answer is in the response, beside the job.
   * @default - none: the response has the job alone
   */
  readonly fast?: IPredictor;
  /**
   * What happens when that predictor fails.
   * @default OnFastFailure.QUEUE
   */
  readonly onFastFailure?: OnFastFailure;
}

/** Accepts predictions as jobs, and shows, cancels and retries them. No model is in it. */
export class JobFront extends Construct implements IApiHandler {
  /** Name of the service in logs and metrics. */
  public readonly serviceName: string;
  /** Name of the model in requests. */
  public readonly modelName: string;
  /** Longest time to an answer. */
  public readonly deadline: Duration;
  /** Where it is reached. */
  public readonly target: PredictorTarget;
  /** The function. */
  public readonly function: LambdaFunction;
  /** The alias `live`: code and settings of one version. */
  public readonly alias: Alias;
  /** The function's role. */
  public readonly role: IRole;
  /** The function's log group. */
  public readonly logGroup: LogGroup;
  /** @internal */
  public readonly _routes: readonly ApiRoute[] = [...ROUTES, ...JOB_ROUTES];

  public constructor(scope: Construct, id: string, props: JobFrontProps) {
    super(scope, id);
    const { jobs, card, fast } = props;
    this.serviceName = jobs.serviceName;
    this.modelName = card.modelName;
    // What is left over is for the job.
    this.deadline = submitDeadlineOf(props, fast?.deadline.plus(Duration.seconds(3)));
    if (fast && fast.deadline.toMilliseconds() >= this.deadline.toMilliseconds()) {
      throw new Error(
        `submitDeadline (${this.deadline.toMilliseconds()} ms) must be longer than the deadline of the fast predictor (${fast.deadline.toMilliseconds()} ms)`,
      );
    }
    const parts = addFunction(this, {
      ...placementOf(props),
      serviceName: this.serviceName,
      code: handlerCodeWithCard(fast ? 'multiple-stage' : (jobs._frontHandler ?? 'submit'), manifestOf(props)),
      description: `Accepts jobs for ${this.modelName}`,
      roleDescription: `Accepts the jobs of ${this.serviceName}`,
      memory: props.submitMemory ?? Size.mebibytes(1024),
      timeout: functionTimeout(this.deadline),
      environment: {
        [ENV.modelDir]: MODEL_DIR,
        [ENV.deadlineMs]: `${this.deadline.toMilliseconds()}`,
        [ENV.maxBodyBytes]: `${(props.maxBodySize ?? Size.mebibytes(4)).toBytes()}`,
        ...jobs._environment('submit'),
        ...(fast && {
          [ENV.predictor]: fast.target.address,
          [JOB_ENV.onFastFailure]: props.onFastFailure ?? OnFastFailure.QUEUE,
        }),
      },
    });
    this.function = parts.function;
    this.role = parts.role;
    this.logGroup = parts.logGroup;
    jobs.grantSubmit(this.role);
    fast?.grantPredict(this.role);
    this.alias = new Alias(this, 'Alias', { aliasName: 'live', version: this.function.currentVersion });
    this.target = { transport: PredictorTransport.LAMBDA, address: this.alias.functionArn };
    acknowledge(this.function, 'predictor');
  }

  /** Let pages of `origin` read the answers in browsers. */
  public allowOrigin(origin: string): void {
    allowOrigin(this.function, origin);
  }
}

function manifestOf({ card, preprocess, revision }: JobFrontProps): ModelManifest {
  return { ...card._manifest(revision, 'asset'), ...(preprocess && { hooks: ['preprocess'] }) };
}
