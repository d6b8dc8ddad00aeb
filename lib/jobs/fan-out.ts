import { createHash } from 'node:crypto';
import { Duration, FileSystem, type Size } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { Rule } from 'aws-cdk-lib/aws-events';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { Alias } from 'aws-cdk-lib/aws-kms';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { FAN_OUT_FILE, type FanOutSpec, MANIFEST_FILE, WHOLE_DIR } from '../../lambdas/shared/contract';
import { handlerCodeWithCard, handlerFolder, jsonBeside } from '../functions/handler-code';
import { type PlacementOptions, placementOf } from '../functions/placement-options';
import type { ModelCard } from '../model/model-card';
import { stageMetric } from '../observability/graph-metric';
import { fanOutMetric } from '../observability/job-metric';
import { grantAccess, type JobAccess, type JobStores, jobEnvironment } from './job-access';
import { addBookkeeper, type JobFunction } from './job-function';
import { JobLane, type JobLaneSpec } from './job-lane';
import type { JobOptions } from './job-options';
import { addDeadLetterQueue, addQueue, BOOKKEEPING_TIMEOUT } from './job-queues';
import type { IJobIntake } from './job-source';
import { addJobStorage, DEFAULT_INLINE, type JobSettings } from './job-storage';
import { addSweepRule } from './sweep-rule';

/** What answers jobs together. */
export interface FanOutConstructSpec extends JobOptions, PlacementOptions {
  readonly serviceName: string;
  /** What the whole takes and gives. */
  readonly card: ModelCard;
  readonly spec: FanOutSpec;
  readonly lanes: readonly Omit<JobLaneSpec, 'serviceName' | 'topic' | 'gatherQueue' | 'storage' | 'beside'>[];
  readonly corsOrigin?: string;
  readonly gatherMemory?: Size;
}

/**
 * Jobs that several models answer together: a topic hands each job to the queue of every model, one row collects what they
 * give, and who gathers makes one answer of it.
 *
 * Source: docs/decisions/0010-fan-out.md
 */
export class FanOut extends Construct implements IJobIntake {
  /** @internal */
  public static _of(scope: Construct, id: string, spec: FanOutConstructSpec): FanOut {
    return new FanOut(scope, id, spec);
  }

  /** Name of the service in logs and metrics. */
  public readonly serviceName: string;
  /** Name of the whole in metrics. */
  public readonly modelName: string;
  /** The rows: what is true of a job. */
  public readonly table: ITable;
  /** Inputs and results that are too large for a row. */
  public readonly payloadBucket: IBucket;
  /** Hands the message of a job to the queue of each model. */
  public readonly topic: Topic;
  /** Queue and worker of each model, by its name. */
  public readonly lanes: { [name: string]: JobLane };
  /** Jobs whose models have settled. */
  public readonly gatherQueue: Queue;
  /** Where messages rest of which no answer could be made. */
  public readonly gatherDeadLetterQueue: Queue;
  /** Makes one answer of those of the models, and ends the job. */
  public readonly gatherer: JobFunction;
  /** Sends lost messages again and ends expired jobs. */
  public readonly sweeper: JobFunction;
  /** When the sweeper runs. */
  public readonly sweepRule: Rule;
  /** Longest time from acceptance to the end. */
  public readonly jobTimeout: Duration;
  /** Names of the models, as in metrics. */
  public readonly stages: string[];
  /** @internal Changes whenever any answer could. */
  public readonly _revision: string;
  /** @internal */
  public readonly _frontHandler = 'fan-out';

  private readonly settings: JobSettings;
  private readonly stores: JobStores;

  private constructor(
    scope: Construct,
    id: string,
    private readonly props: FanOutConstructSpec,
  ) {
    super(scope, id);
    const { card, encryptionKey, serviceName, spec } = props;
    this.serviceName = serviceName;
    this.modelName = card.modelName;
    this.stages = spec.members.map(({ name }) => name);
    requireRoom(this.stages.length, (props.inlineSize ?? DEFAULT_INLINE).toBytes());
    const storage = addJobStorage(this, props);
    this.table = storage.table;
    this.payloadBucket = storage.payloadBucket;
    this.jobTimeout = storage.jobTimeout;
    this.topic = new Topic(this, 'Topic', {
      enforceSSL: true,
      masterKey: encryptionKey ?? Alias.fromAliasName(this, 'TopicKey', 'alias/aws/sns'),
    });
    this.gatherDeadLetterQueue = addDeadLetterQueue(this, 'GatherDeadLetterQueue', { ...storage, encryptionKey });
    this.gatherQueue = addQueue(this, 'GatherQueue', {
      encryptionKey,
      visibilityTimeout: Duration.seconds(6 * BOOKKEEPING_TIMEOUT.toSeconds()),
      deadLetterQueue: { queue: this.gatherDeadLetterQueue, maxReceiveCount: 10 },
    });
    this.stores = { ...storage, gatherQueue: this.gatherQueue, topic: this.topic, topicKey: encryptionKey };
    this.settings = {
      ...storage.settings,
      topicArn: this.topic.topicArn,
      members: JSON.stringify(spec.members),
      queueUrl: this.gatherQueue.queueUrl,
      gatherQueueUrl: this.gatherQueue.queueUrl,
      deadLetterQueueUrl: this.gatherDeadLetterQueue.queueUrl,
    };
    const manifest = card._manifest('', 'asset');
    const beside = jsonBeside(`${WHOLE_DIR}/${MANIFEST_FILE}`, manifest);
    const models = new Construct(this, 'Models');
    const common = { serviceName, topic: this.topic, gatherQueue: this.gatherQueue, storage, beside };
    const lanes = props.lanes.map(
      (lane) => [lane.member.name, JobLane._of(models, lane.member.name, { ...lane, ...common })] as const,
    );
    this.lanes = Object.fromEntries(lanes);
    this._revision = revisionOf(spec, Object.values(this.lanes));
    this.gatherer = this.addGatherer();
    this.sweeper = this.bookkeeper('Sweeper', 'fanOutSweep', { handler: 'sweep-fan-out', retryAttempts: 0 });
    this.sweepRule = addSweepRule(this, this.sweeper, props.sweepInterval);
  }

  /** Allow `grantee` to accept jobs, and to show, cancel and retry them. */
  public grantSubmit(grantee: IGrantable): Grant {
    return grantAccess(grantee, this.stores, 'fanOut');
  }

  /** One of the metrics of jobs: `JobsAccepted`, `JobsSucceeded`, `JobAge`, ..., and `PartialAnswers`. */
  public metric(metricName: string, options?: MetricOptions): Metric {
    return fanOutMetric(this, metricName, options);
  }

  /** A metric of one model: `StageLatency`, `StageBytes`, `StageErrors`. */
  public stageMetric(stage: string, metricName: string, options?: MetricOptions): Metric {
    return stageMetric(this, stage, metricName, options);
  }

  /** @internal Whether anybody is told of results. */
  public get _hasSinks(): boolean {
    return (this.props.sinks ?? []).length > 0;
  }

  /** @internal */
  public _environment(_access: JobAccess): Record<string, string> {
    return jobEnvironment('fanOut', this.settings);
  }

  private addGatherer(): JobFunction {
    const { card, gatherMemory: memory, spec } = this.props;
    const code = handlerCodeWithCard('gather', card._manifest(this._revision, 'asset'), jsonBeside(FAN_OUT_FILE, spec));
    const gatherer = this.bookkeeper('Gatherer', 'gather', { handler: 'gather', code, memory });
    // One at a time: it holds the answers of all models of a job.
    gatherer.function.addEventSource(
      new SqsEventSource(this.gatherQueue, { batchSize: 1, reportBatchItemFailures: true, maxConcurrency: 10 }),
    );
    return gatherer;
  }

  private bookkeeper(
    id: string,
    access: JobAccess,
    spec: { readonly handler: string } & Partial<Parameters<typeof addBookkeeper>[2]>,
  ): JobFunction {
    const { serviceName } = this;
    const environment = jobEnvironment(access, this.settings);
    const made = addBookkeeper(this, id, { ...placementOf(this.props), ...spec, serviceName, environment });
    for (const sink of this.props.sinks ?? []) sink.grantSend(made.role);
    grantAccess(made.role, this.stores, access);
    return made;
  }
}

/** Of the models as they are, and of what is done with their answers. */
function revisionOf(spec: FanOutSpec, lanes: readonly JobLane[]): string {
  const hash = createHash('sha256')
    .update(FileSystem.fingerprint(handlerFolder('gather')))
    .update(JSON.stringify(spec));
  for (const { worker } of lanes) hash.update(worker.revision);
  return hash.digest('hex').slice(0, 12);
}

/** A row of DynamoDB holds 400 KB, and every change of it is billed by all of it. */
function requireRoom(models: number, inlineBytes: number): void {
  const most = Math.floor((350 * 1024) / (models + 2));
  if (inlineBytes <= most) return;
  throw new Error(
    `inlineSize must be at most ${Math.floor(most / 1024)} KiB with ${models} models, whose answers share a row; got ${inlineBytes} bytes`,
  );
}
