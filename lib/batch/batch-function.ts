import type { Duration, Size } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledgements';
import { addFunction } from '../functions/function-parts';
import { handlerCodeWithCard } from '../functions/handler-code';
import type { PlacementOptions } from '../functions/placement-options';
import type { Model } from '../model/model';

/** A function of a batch that runs no model. */
export interface BatchFunctionSpec extends PlacementOptions {
  readonly serviceName: string;
  /** Its folder in `lambdas/`. */
  readonly handler: string;
  readonly description: string;
  readonly model: Model;
  /** Revision of the worker, which has the model. */
  readonly revision: string;
  readonly timeout: Duration;
  readonly memory: Size;
  readonly environment: Readonly<Record<string, string>>;
}

/** A function beside the workers: it plans runs, puts their results together, or keeps their books. */
export class BatchFunction extends Construct {
  /** @internal */
  public static _of(scope: Construct, id: string, spec: BatchFunctionSpec): BatchFunction {
    return new BatchFunction(scope, id, spec);
  }

  /** The function. */
  public readonly function: LambdaFunction;
  /** The function's role. */
  public readonly role: IRole;
  /** The function's log group. */
  public readonly logGroup: LogGroup;

  private constructor(scope: Construct, id: string, spec: BatchFunctionSpec) {
    super(scope, id);
    const { description, handler, model, revision } = spec;
    const code = handlerCodeWithCard(handler, model._manifest(revision));
    const parts = addFunction(this, { ...spec, code, roleDescription: description });
    this.function = parts.function;
    this.role = parts.role;
    this.logGroup = parts.logGroup;
    acknowledge(this, 'batchFunction');
  }
}
