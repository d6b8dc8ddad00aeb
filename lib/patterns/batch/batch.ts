import { Duration, Names, Size, Stack } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { type IRuleTarget, Rule, Schedule as RuleSchedule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Schedule } from 'aws-cdk-lib/aws-scheduler';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { BATCH_ENV, ENV, MODEL_DIR } from '../../../lambdas/shared/contract';
import { acknowledge } from '../../acknowledgements';
import { addSchedule } from '../../batch/add-schedule';
import { grantBatch } from '../../batch/batch-access';
import { addBatchBucket } from '../../batch/batch-bucket';
import { BatchRetry } from '../../batch/batch-enums';
import { BatchFunction } from '../../batch/batch-function';
import { addBatchMachine } from '../../batch/batch-machine';
import type { BatchDataOptions, BatchTriggerOptions, BatchWorkOptions } from '../../batch/batch-options';
import { type BatchPlan, batchPlan } from '../../batch/batch-plan';
import { BatchWorker } from '../../batch/batch-worker';
import { grantTurns } from '../../batch/grant-turns';
import { RunTable } from '../../batch/run-table';
import { placementOf } from '../../functions/placement-options';
import type { Model } from '../../model/model';
import { batchMetric } from '../../observability/batch-metric';
import { type MonitoringOptions, ServiceMonitoring } from '../../observability/service-monitoring';
import { watchBatch } from '../../observability/watch-batch';
import type { ModelRoomOptions } from '../../predictor/model-function-options';

/** Properties of a `Batch`. */
export interface BatchProps
  extends BatchTriggerOptions,
    BatchDataOptions,
    BatchWorkOptions,
    ModelRoomOptions,
    MonitoringOptions {
  /**
   * Name of the service in logs and metrics.
   * @default - a name made from the construct's path
   */
  readonly serviceName?: string;
  /** The model. */
  readonly model: Model;
}

/**
 * Batch: files of rows in, files of predictions out, on a schedule or when somebody says so. Nobody waits for an answer, and
 * nothing is there but while a run goes.
 *
 * Source: mercari/ml-system-design-pattern, Serving-patterns/Batch-pattern
 */
export class Batch extends Construct {
  /** Name of the service in logs and metrics. */
  public readonly serviceName: string;
  /** Name of the model. */
  public readonly modelName: string;
  /** Longest time of a run. */
  public readonly deadline: Duration;
  /** Files of rows. */
  public readonly inputBucket: IBucket;
  /** Files of predictions. */
  public readonly outputBucket: IBucket;
  /** A row for each run, and for each of its mini-jobs. */
  public readonly table: RunTable;
  /** Predicts rows; the model is in it. */
  public readonly worker: BatchWorker;
  /** Cuts the input into mini-jobs. */
  public readonly planner: BatchFunction;
  /** Puts the results together. */
  public readonly assembler: BatchFunction;
  /** Keeps the books of runs: which one goes, which ones wait, which one is late. */
  public readonly runs: BatchFunction;
  /** An execution of it works on a run. */
  public readonly stateMachine: StateMachine;
  /** What starts runs, where there is a schedule. */
  public readonly schedule?: Schedule;
  /** Dashboard and alarms. */
  public readonly monitoring: ServiceMonitoring;

  private readonly plan: BatchPlan;

  public constructor(scope: Construct, id: string, props: BatchProps) {
    super(scope, id);
    const { encryptionKey, model } = props;
    this.plan = batchPlan(props, model);
    this.serviceName = props.serviceName ?? Names.uniqueResourceName(this, { maxLength: 64 });
    this.modelName = model.card.modelName;
    this.deadline = this.plan.deadline;
    this.inputBucket = props.inputBucket ?? addBatchBucket(this, 'InputBucket', encryptionKey);
    this.outputBucket = props.outputBucket ?? addBatchBucket(this, 'OutputBucket', encryptionKey);
    this.table = new RunTable(this, 'Table', { encryptionKey });

    const environment = this.environment();
    const timeout = this.plan.chunkTimeout;
    const { serviceName } = this;
    this.worker = BatchWorker._of(this, 'Worker', { ...props, serviceName, timeout, environment });
    this.planner = this.beside('Planner', 'batch-plan', Duration.minutes(15), Size.mebibytes(1769), props);
    this.assembler = this.beside('Assembler', 'batch-assemble', Duration.minutes(15), Size.mebibytes(1769), props);
    this.runs = this.beside('Runs', 'batch-runs', Duration.seconds(50), Size.mebibytes(512), props);
    this.stateMachine = addBatchMachine(this, {
      ...placementOf(props),
      runs: this.runs.function,
      plan: this.planner.function,
      work: this.worker.alias,
      assemble: this.assembler.function,
      outputBucket: this.outputBucket,
      batch: this.plan,
      retry: props.retry ?? BatchRetry.FAILED,
    });
    this.grantParts();
    this.addRules();
    this.schedule = props.schedule && addSchedule(this, this.stateMachine, { ...props, schedule: props.schedule });
    this.monitoring = new ServiceMonitoring(this, 'Monitoring', {
      ...props,
      serviceName,
      monthlyCostObjective: model.card.monthlyCostObjective,
      runbook: model.card.runbook,
    });
    this.monitoring.addText(`**${this.modelName}** ${model.card.modelVersion}, revision ${this.worker.revision}`);
    watchBatch(this.monitoring, this);
  }

  /** Where files are laid that a run reads which is told nothing else. */
  public get url(): string {
    return `s3://${this.inputBucket.bucketName}/${this.plan.settings.input}`;
  }

  /** Allow `grantee` to start runs, and to stop them. What they read has to be in the input bucket before. */
  public grantStart(grantee: IGrantable): Grant {
    return this.stateMachine
      .grantStartExecution(grantee)
      .combine(this.stateMachine.grantExecution(grantee, 'states:StopExecution'));
  }

  /** One of the metrics of a batch: `RunsCompleted`, `RunsFailed`, `BatchRows`, ... */
  public metric(metricName: string, options?: MetricOptions): Metric {
    return batchMetric(this, metricName, options);
  }

  /** @internal Whether anybody waits for runs. */
  public get _hasHeartbeat(): boolean {
    return this.plan.settings.heartbeatMs !== undefined;
  }

  private environment(): Record<string, string> {
    return {
      [ENV.modelDir]: MODEL_DIR,
      [BATCH_ENV.table]: this.table.tableName,
      [BATCH_ENV.inputBucket]: this.inputBucket.bucketName,
      [BATCH_ENV.outputBucket]: this.outputBucket.bucketName,
      [BATCH_ENV.settings]: Stack.of(this).toJsonString(this.plan.settings),
    };
  }

  private beside(id: string, handler: string, timeout: Duration, memory: Size, props: BatchProps): BatchFunction {
    return BatchFunction._of(this, id, {
      ...placementOf(props),
      serviceName: this.serviceName,
      handler,
      description: `${handler} of ${this.serviceName}`,
      model: props.model,
      revision: this.worker.revision,
      timeout,
      memory,
      environment: this.environment(),
    });
  }

  private grantParts(): void {
    const { inputBucket, outputBucket, table } = this;
    const { inputPrefix, outputPrefix } = this.plan.settings;
    const stores = { table, inputBucket, inputPrefix, outputBucket, outputPrefix };
    grantBatch(this.runs.role, stores, 'runs');
    grantBatch(this.planner.role, stores, 'plan');
    grantBatch(this.worker.role, stores, 'work');
    grantBatch(this.assembler.role, stores, 'assemble');
    grantTurns(this, this.stateMachine, { runs: this.runs, assembler: this.assembler });
  }

  private addRules(): void {
    const { stateMachineArn } = this.stateMachine;
    const ended = new Rule(this, 'EndRule', {
      description: `An execution of ${this.serviceName} has ended, whatever came of it`,
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { status: ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: [stateMachineArn] },
      },
      targets: [new LambdaFunction(this.runs.function)],
    });
    const watch: IRuleTarget = new LambdaFunction(this.runs.function, {
      event: RuleTargetInput.fromObject({ stateMachine: stateMachineArn }),
      retryAttempts: 0,
    });
    const watched = new Rule(this, 'WatchRule', { schedule: RuleSchedule.rate(WATCH_INTERVAL), targets: [watch] });
    for (const rule of [ended, watched]) acknowledge(rule, 'batchRule');
  }
}

/** How often somebody looks whether a run is late, or missing, or dead. */
const WATCH_INTERVAL = Duration.minutes(5);
