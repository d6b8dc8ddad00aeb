import { Duration, Size, Stack } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { JOB_ENV } from '../../lambdas/shared/contract';
import { acknowledgeJobFunction, acknowledgeJobQueue, acknowledgeSweepRule } from '../acknowledgements';
import { type PlacementOptions, placementOf } from '../functions/placement-options';
import { jobMetric } from '../observability/job-metric';
import { grantAccess, JOB_ACCESS, type JobAccess } from './job-access';
import { JobFunction } from './job-function';
import { type JobOptions, validateJobOptions } from './job-options';
import { addQueue } from './job-queues';
import { JobTable } from './job-table';
import { addPayloadBucket } from './payload-bucket';

/** Properties of `Jobs`. */
export interface JobsProps extends JobOptions, PlacementOptions {
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
export class Jobs extends Construct {
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
  private readonly settings: Partial<Record<keyof typeof JOB_ENV, string>>;

  public constructor(
    scope: Construct,
    id: string,
    private readonly props: JobsProps,
  ) {
    super(scope, id);
    validateJobOptions(props);
    const { encryptionKey, maxAttempts = 3, batchSize = 10 } = props;
    const resultRetention = props.resultRetention ?? DEFAULT_RETENTION;
    this.serviceName = props.serviceName;
    this.modelName = props.modelName;
    this.jobTimeout = props.jobTimeout ?? Duration.hours(1);
    this.visibilityTimeout = props.visibilityTimeout ?? Duration.seconds(126);

    this.table = props.table ?? new JobTable(this, 'Table', { encryptionKey });
    this.payloadBucket =
      props.payloadBucket ??
      addPayloadBucket(this, {
        ...props,
        // A job may be retried as long as it is kept, and then needs its input once more.
        lifetime: this.jobTimeout.plus(resultRetention).plus(this.jobTimeout),
        encryptionKey,
      });
    // Longer than its job a message is of no use.
    const retentionPeriod = Duration.seconds(
      Math.min(Math.max(60, resultRetention.toSeconds()), SQS_RETENTION.toSeconds()),
    );
    this.deadLetterQueue = addQueue(this, 'DeadLetterQueue', { encryptionKey, retentionPeriod });
    acknowledgeJobQueue(this.deadLetterQueue);
    if (!props.queue) {
      this.exhaustedQueue = addQueue(this, 'ExhaustedQueue', {
        encryptionKey,
        visibilityTimeout: Duration.seconds(6 * BOOKKEEPING_TIMEOUT.toSeconds()),
        deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: 5 },
      });
    }
    // More often than any job is tried, or deliveries could end in failure because of their neighbours.
    const maxReceiveCount = maxAttempts * batchSize + 10;
    if (maxReceiveCount > 1000) {
      throw new Error(
        `batchSize must be at most ${Math.floor(990 / maxAttempts)} with maxAttempts ${maxAttempts}; got ${batchSize}. SQS hands out a message 1,000 times at most.`,
      );
    }
    this.queue =
      props.queue ??
      addQueue(this, 'Queue', {
        encryptionKey,
        visibilityTimeout: this.visibilityTimeout,
        deadLetterQueue: this.exhaustedQueue && { queue: this.exhaustedQueue, maxReceiveCount },
      });

    this.settings = {
      table: this.table.tableName,
      queueUrl: this.queue.queueUrl,
      deadLetterQueueUrl: this.deadLetterQueue.queueUrl,
      payloadBucket: this.payloadBucket.bucketName,
      inlineBytes: `${(props.inlineSize ?? Size.kibibytes(8)).toBytes()}`,
      maxUploadBytes: `${(props.maxUploadSize ?? Size.mebibytes(100)).toBytes()}`,
      jobTimeoutMs: `${this.jobTimeout.toMilliseconds()}`,
      retentionMs: `${resultRetention.toMilliseconds()}`,
      maxAttempts: `${maxAttempts}`,
      visibilityMs: `${this.visibilityTimeout.toMilliseconds()}`,
      sinks: Stack.of(this).toJsonString((props.sinks ?? []).map(({ _settings }) => _settings)),
    };
    // What a sweep left undone the next one does.
    this.sweeper = this.bookkeeper('Sweeper', 'sweep', 'sweep', 0);
    this.sweepRule = new Rule(this, 'SweepRule', {
      schedule: Schedule.rate(props.sweepInterval ?? Duration.minutes(1)),
      targets: [new LambdaFunction(this.sweeper.function, { retryAttempts: 0 })],
    });
    acknowledgeSweepRule(this.sweepRule);
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
    return Object.fromEntries(JOB_ACCESS[access].environment.map((name) => [JOB_ENV[name], this.settings[name] ?? '']));
  }

  private bookkeeper(id: string, handler: string, access: JobAccess, retryAttempts?: number): JobFunction {
    const made = JobFunction._of(this, id, {
      ...placementOf(this.props),
      serviceName: this.serviceName,
      handler,
      description: `${handler} of the jobs of ${this.serviceName}`,
      timeout: BOOKKEEPING_TIMEOUT,
      retryAttempts,
      environment: this._environment(access),
    });
    this.grant(made.role, access);
    acknowledgeJobFunction(made);
    return made;
  }

  private grant(grantee: IGrantable, access: JobAccess): Grant {
    for (const sink of this.props.sinks ?? []) sink.grantSend(grantee);
    return grantAccess(grantee, this, access);
  }
}

/** A failure of a Friday evening is still there on Monday. */
const DEFAULT_RETENTION = Duration.days(7);
/** The longest that SQS has. */
const SQS_RETENTION = Duration.days(14);

/** Shorter than the least interval of the sweeper. */
const BOOKKEEPING_TIMEOUT = Duration.seconds(50);
