import type { Duration } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import type { FilesBeside } from '../functions/handler-code';
import type { JobAccess } from './job-access';

/** Where a front leaves the jobs that it accepts. */
export interface IJobIntake extends IConstruct {
  /** Name of the service in logs and metrics. */
  readonly serviceName: string;
  /** Allow `grantee` to accept jobs, and to show, cancel and retry them. */
  grantSubmit(grantee: IGrantable): Grant;
  /** @internal Handler of a front, where it is not the one for a single queue. */
  readonly _frontHandler?: string;
  /** @internal What a function that knows jobs is told of them. */
  _environment(access: JobAccess): Record<string, string>;
}

/** Where a worker takes jobs from. */
export interface IJobSource extends IConstruct {
  /** Name of the service in logs and metrics. */
  readonly serviceName: string;
  /** The messages: reasons to look at a row. */
  readonly queue: IQueue;
  /** How long a message stays invisible once a worker has it. */
  readonly visibilityTimeout: Duration;
  /** Allow `grantee` to run jobs and to end them. To take messages from the queue is for its event source to allow. */
  grantWork(grantee: IGrantable): Grant;
  /** @internal What must lie beside the worker. */
  readonly _beside?: FilesBeside;
  /** @internal What a function that knows jobs is told of them. */
  _environment(access: JobAccess): Record<string, string>;
}
