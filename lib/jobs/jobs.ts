import { Duration } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { Rule } from 'aws-cdk-lib/aws-events';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type PlacementOptions, placementOf } from '../functions/placement-options';
import { jobMetric } from '../observability/job-metric';
import { grantAccess, type JobAccess, jobEnvironment } from './job-access';
import { addBookkeeper, type JobFunction } from './job-function';
import type { JobOptions, JobQueueOptions } from './job-options';
import { addJobQueues } from './job-queues';
import type { IJobIntake, IJobSource } from './job-source';
import { addJobStorage, type JobSettings } from './job-storage';
import { addSweepRule } from './sweep-rule';

/** Properties of `Jobs`. */
export interface JobsProps extends JobOptions, JobQueueOptions, PlacementOptions {
  /** Name of the service in logs and metrics. */
  readonly serviceName: string;
  /** Name of the model in metrics. */
  readonly modelName: string;
  /**
   * How long a message stays invisible once a worker has it: six times the worker's timeout plus its batching window.
   * @default Duration.seconds(126)
   */
  readonly visibilityTimeout?: Duration;
  /**
   * How many messages a worker takes at once, at most.
   * @default 10
   */
  readonly batchSize?: number;
  /**
   * Origin of the pages that upload large inputs.
   * @default - none
   */
  readonly corsOrigin?: string;
}

/**
 * What becomes of accepted predictions: the table with a row for each, the queue with a message for each, the bucket for
 * what is large, and the functions that end what nobody else ends.
 *
 * Source: docs/decisions/0005-jobs.md
 */
export class Jobs extends Construct implements IJobIntake, IJobSource {
  /** Name of the service in logs and metrics. */
  public readonly serviceName: string;
  /** Name of the model in metrics. */
  public readonly modelName: string;
  /** The rows: what is true of a job. */
  public readonly table: ITable;
  /** Inputs and results that are too large for a row. */
  public readonly payloadBucket: IBucket;
  /** The messages: reasons to look at a row. */
  public readonly queue: IQueue;
  /** Messages that were received too often, although no worker ever looked at them; none beside a queue of your own. */
  public readonly exhaustedQueue?: Queue;
  /** Where messages rest whose jobs have failed for good, until `cdk-ml-serving redrive`. */
  public readonly deadLetterQueue: Queue;
  /** Sends lost messages again and ends expired jobs. */
  public readonly sweeper: JobFunction;
  /** When the sweeper runs. */
  public readonly sweepRule: Rule;
  /** Fails the jobs of `exhaustedQueue`. */
  public readonly deadLetterHandler?: JobFunction;
  /** How long a message stays invisible once a worker has it. */
  public readonly visibilityTimeout: Duration;
  /** Longest time from acceptance to the end. */
  public readonly jobTimeout: Duration;

  /** What functions are told, by the name in `JOB_ENV`. */
  private readonly settings: JobSettings;

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: JobsProps,
  ) {
    super(scope, id);
    const storage = addJobStorage(this, props);
    this.serviceName = props.serviceName;
    this.modelName = props.modelName;
    this.jobTimeout = storage.jobTimeout;
    this.visibilityTimeout = props.visibilityTimeout ?? Duration.seconds(126);
    this.table = storage.table;
    this.payloadBucket = storage.payloadBucket;
    const { encryptionKey, batchSize = 10 } = props;
    const { visibilityTimeout } = this;
    const queues = addJobQueues(this, { ...storage, queue: props.queue, encryptionKey, visibilityTimeout, batchSize });
    this.deadLetterQueue = queues.deadLetterQueue;
    this.exhaustedQueue = queues.exhaustedQueue;
    this.queue = queues.queue;
    this.settings = {
      ...storage.settings,
      queueUrl: this.queue.queueUrl,
      deadLetterQueueUrl: this.deadLetterQueue.queueUrl,
      visibilityMs: `${visibilityTimeout.toMilliseconds()}`,
    };
    // What a sweep left undone the next one does.
    this.sweeper = this.bookkeeper('Sweeper', 'sweep', 'sweep', 0);
    this.sweepRule = addSweepRule(this, this.sweeper, props.sweepInterval);
    if (this.exhaustedQueue) {
      this.deadLetterHandler = this.bookkeeper('DeadLetterHandler', 'dead-letter', 'deadLetter');
      this.deadLetterHandler.function.addEventSource(
        new SqsEventSource(this.exhaustedQueue, { batchSize: 10, reportBatchItemFailures: true, maxConcurrency: 2 }),
      );
    }
  }

  /** Allow `grantee` to accept jobs, and to show, cancel and retry them. */
  public grantSubmit(grantee: IGrantable): Grant {
    return grantAccess(grantee, this, 'submit');
  }

  /** Allow `grantee` to run jobs and to end them. To take messages from the queue is for its event source to allow. */
  public grantWork(grantee: IGrantable): Grant {
    return this.grant(grantee, 'work');
  }

  /** One of the metrics of jobs: `JobsAccepted`, `JobsSucceeded`, `JobsFailed`, `JobAge`, ... */
  public metric(metricName: string, options?: MetricOptions): Metric {
    return jobMetric(this, metricName, options);
  }

  /** @internal Whether anybody is told of results. */
  public get _hasSinks(): boolean {
    return (this.props.sinks ?? []).length > 0;
  }

  /** @internal What a function that knows jobs is told of them. */
  public _environment(access: JobAccess): Record<string, string> {
    return jobEnvironment(access, this.settings);
  }

  private bookkeeper(id: string, handler: string, access: JobAccess, retryAttempts?: number): JobFunction {
    const { serviceName } = this;
    const environment = this._environment(access);
    const made = addBookkeeper(this, id, {
      ...placementOf(this.props),
      serviceName,
      handler,
      retryAttempts,
      environment,
    });
    this.grant(made.role, access);
    return made;
  }

  private grant(grantee: IGrantable, access: JobAccess): Grant {
    for (const sink of this.props.sinks ?? []) sink.grantSend(grantee);
    return grantAccess(grantee, this, access);
  }
}
