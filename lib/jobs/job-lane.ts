import type { Duration } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { MemberSettings } from '../../lambdas/shared/contract';
import type { FilesBeside } from '../functions/handler-code';
import { type PlacementOptions, placementOf } from '../functions/placement-options';
import type { Model } from '../model/model';
import type { ModelRoomOptions } from '../predictor/model-function-options';
import type { IPredictor } from '../predictor/predictor-ref';
import { grantAccess, type JobAccess, type JobStores, jobEnvironment } from './job-access';
import { addBookkeeper, type JobFunction } from './job-function';
import { addJobQueues } from './job-queues';
import type { IJobSource } from './job-source';
import type { JobSettings, JobStorage } from './job-storage';
import { JobWorker } from './job-worker';
import { type JobWorkerOptions, workPlan } from './job-worker-options';

/** One of the models that answer a job together. */
export interface JobLaneSpec extends JobWorkerOptions, ModelRoomOptions, PlacementOptions {
  readonly serviceName: string;
  readonly member: MemberSettings;
  readonly model?: Model;
  readonly predictor?: IPredictor;
  readonly topic: ITopic;
  readonly gatherQueue: IQueue;
  readonly storage: JobStorage;
  /** The manifest of the whole: requests are written for that. */
  readonly beside: FilesBeside;
}

/** Queue and worker of one of the models that answer a job together. */
export class JobLane extends Construct implements IJobSource {
  /** @internal */
  public static _of(scope: Construct, id: string, spec: JobLaneSpec): JobLane {
    return new JobLane(scope, id, spec);
  }

  /** Name of the service in logs and metrics. */
  public readonly serviceName: string;
  /** The messages of the topic for this model. */
  public readonly queue: IQueue;
  /** Messages that were received too often, although no worker ever looked at them, or that SNS could not deliver. */
  public readonly exhaustedQueue: Queue;
  /** Where messages rest with which this model has failed, until `cdk-ml-serving redrive`. */
  public readonly deadLetterQueue: Queue;
  /** Ends the part of this model for the messages of `exhaustedQueue`. */
  public readonly deadLetterHandler: JobFunction;
  /** How long a message stays invisible once a worker has it. */
  public readonly visibilityTimeout: Duration;
  /** Runs jobs with this model. */
  public readonly worker: JobWorker;
  /** @internal */
  public readonly _beside: FilesBeside;

  private readonly settings: JobSettings;
  private readonly stores: JobStores;

  private constructor(scope: Construct, id: string, spec: JobLaneSpec) {
    super(scope, id);
    const { encryptionKey, gatherQueue, member, serviceName, storage, topic } = spec;
    const { batchSize, visibilityTimeout } = workPlan(spec, spec);
    this.serviceName = serviceName;
    this.visibilityTimeout = visibilityTimeout;
    this._beside = spec.beside;
    const queues = addJobQueues(this, { ...storage, encryptionKey, visibilityTimeout, batchSize });
    this.queue = queues.queue;
    this.exhaustedQueue = queues.exhaustedQueue as Queue;
    this.deadLetterQueue = queues.deadLetterQueue;
    topic.addSubscription(
      new SqsSubscription(this.queue, { rawMessageDelivery: true, deadLetterQueue: this.exhaustedQueue }),
    );
    this.stores = { ...storage, gatherQueue, deadLetterQueue: this.deadLetterQueue };
    this.settings = {
      ...storage.settings,
      queueUrl: this.queue.queueUrl,
      deadLetterQueueUrl: this.deadLetterQueue.queueUrl,
      gatherQueueUrl: gatherQueue.queueUrl,
      visibilityMs: `${visibilityTimeout.toMilliseconds()}`,
      member: JSON.stringify(member),
    };
    const environment = jobEnvironment('memberDeadLetter', this.settings);
    const handler = { ...placementOf(spec), serviceName, handler: 'dead-letter', environment };
    this.deadLetterHandler = addBookkeeper(this, 'DeadLetterHandler', handler);
    grantAccess(this.deadLetterHandler.role, this.stores, 'memberDeadLetter');
    this.deadLetterHandler.function.addEventSource(
      new SqsEventSource(this.exhaustedQueue, { batchSize: 10, reportBatchItemFailures: true, maxConcurrency: 2 }),
    );
    this.worker = new JobWorker(this, 'Worker', { ...workerPropsOf(spec), jobs: this });
  }

  /** Allow `grantee` to run jobs with this model. To take messages from the queue is for its event source to allow. */
  public grantWork(grantee: IGrantable): Grant {
    return grantAccess(grantee, this.stores, 'member');
  }

  /** @internal */
  public _environment(_access: JobAccess): Record<string, string> {
    return jobEnvironment('member', this.settings);
  }
}

function workerPropsOf(
  spec: JobLaneSpec,
): JobWorkerOptions & ModelRoomOptions & Pick<JobLaneSpec, 'model' | 'predictor'> {
  const { architecture, ephemeralStorage, memory, model, predictor } = spec;
  const { batchSize, deadline, maxBatchingWindow, maxConcurrency, maxStackedRows, reservedConcurrency } = spec;
  return {
    ...placementOf(spec),
    ...{ architecture, ephemeralStorage, memory, model, predictor },
    ...{ batchSize, deadline, maxBatchingWindow, maxConcurrency, maxStackedRows, reservedConcurrency },
  };
}
