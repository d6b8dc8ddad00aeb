import { type Duration, Size } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { Code, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledgements';
import { addFunction } from '../functions/function-parts';
import { handlerCode } from '../functions/handler-code';
import type { PlacementOptions } from '../functions/placement-options';
import { BOOKKEEPING_TIMEOUT } from './job-queues';

/** A function that keeps the books of jobs and runs no model. */
export interface JobFunctionSpec extends PlacementOptions {
  readonly serviceName: string;
  /** Its folder in `lambdas/`. */
  readonly handler: string;
  /** The handler with something beside it. */
  readonly code?: Code;
  readonly description: string;
  readonly timeout: Duration;
  /** Default: 512 MiB. */
  readonly memory?: Size;
  /** How often Lambda tries again what was invoked asynchronously and failed. */
  readonly retryAttempts?: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** A function beside the workers: it looks after jobs and runs no model. */
export class JobFunction extends Construct {
  /** @internal */
  public static _of(scope: Construct, id: string, spec: JobFunctionSpec): JobFunction {
    return new JobFunction(scope, id, spec);
  }

  /** The function. */
  public readonly function: LambdaFunction;
  /** The function's role. */
  public readonly role: IRole;
  /** The function's log group. */
  public readonly logGroup: LogGroup;

  private constructor(scope: Construct, id: string, spec: JobFunctionSpec) {
    super(scope, id);
    const { description } = spec;
    const code = spec.code ?? handlerCode(spec.handler);
    const memory = spec.memory ?? Size.mebibytes(512);
    const parts = addFunction(this, { ...spec, code, memory, roleDescription: description });
    this.function = parts.function;
    this.role = parts.role;
    this.logGroup = parts.logGroup;
  }
}

/** One that keeps the books of a service's jobs: shortly, and again where it failed. */
export function addBookkeeper(
  scope: Construct,
  id: string,
  spec: Omit<JobFunctionSpec, 'description' | 'timeout'>,
): JobFunction {
  const description = `${spec.handler} of the jobs of ${spec.serviceName}`;
  const made = JobFunction._of(scope, id, { ...spec, description, timeout: BOOKKEEPING_TIMEOUT });
  acknowledge(made, 'jobFunction');
  return made;
}
