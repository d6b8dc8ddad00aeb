import type { Duration } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { Alias, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledgements';
import type { Model } from '../model/model';
import { addModelFunction } from '../predictor/model-function';
import {
  type ModelFunctionOptions,
  type ModelRoomOptions,
  validateModelFunctionOptions,
} from '../predictor/model-function-options';

/**
 * Rows live for microseconds, but by default V8 keeps up to 32 MiB of them before it looks: memory that seems to grow with the
 * file. See docs/decisions/0006-batch.md.
 */
export const WORKER_NODE_OPTIONS = '--max-semi-space-size=4';

/** What a worker is made of. */
export interface BatchWorkerSpec extends ModelRoomOptions, Pick<ModelFunctionOptions, 'preprocess' | 'postprocess'> {
  readonly serviceName: string;
  readonly model: Model;
  readonly timeout: Duration;
  readonly environment: Readonly<Record<string, string>>;
}

/** Predicts the rows of mini-jobs, with the model inside. */
export class BatchWorker extends Construct {
  /** @internal */
  public static _of(scope: Construct, id: string, spec: BatchWorkerSpec): BatchWorker {
    return new BatchWorker(scope, id, spec);
  }

  /** The function. */
  public readonly function: LambdaFunction;
  /** The alias `live`: the version that passed its self-test. */
  public readonly alias: Alias;
  /** The function's role. */
  public readonly role: IRole;
  /** The function's log group. */
  public readonly logGroup: LogGroup;
  /** The invocation that a new version must survive before it gets mini-jobs. */
  public readonly selfTest: Trigger;
  /** Changes whenever any result could. */
  public readonly revision: string;

  private constructor(scope: Construct, id: string, spec: BatchWorkerSpec) {
    super(scope, id);
    validateModelFunctionOptions(spec);
    const environment = { ...spec.environment, NODE_OPTIONS: WORKER_NODE_OPTIONS };
    const parts = addModelFunction(this, { ...spec, environment, handler: 'batch-worker', deadline: spec.timeout });
    this.function = parts.function;
    this.alias = parts.alias;
    this.role = parts.role;
    this.logGroup = parts.logGroup;
    this.selfTest = parts.selfTest;
    this.revision = parts.revision;
    acknowledge(this, 'batchFunction');
  }
}
