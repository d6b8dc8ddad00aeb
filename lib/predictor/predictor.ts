import { Duration, Names } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable, IRole } from 'aws-cdk-lib/aws-iam';
import type { Alias, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { TaskStateBase } from 'aws-cdk-lib/aws-stepfunctions';
import type { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledgements';
import { allowOrigin } from '../functions/allow-origin';
import { grantGraphBucket } from '../graph/graph-bucket';
import type { Model } from '../model/model';
import type { ModelCard } from '../model/model-card';
import { predictorMetric } from '../observability/predictor-metric';
import { addModelFunction } from './model-function';
import { payloadLogEnvironment } from './payload-log';
import { functionTimeout, lambdaPredictTask } from './predict-task';
import { type PredictorOptions, validatePredictorOptions } from './predictor-options';
import type { IPredictor, PredictTaskOptions } from './predictor-ref';
import { type PredictorTarget, PredictorTransport } from './predictor-target';

/** Properties of a `Predictor`. */
export interface PredictorProps extends PredictorOptions {
  /** The model. */
  readonly model: Model;
}

/**
 * One model in one Lambda function, behind an alias.
 *
 * A new version is invoked with a self-test (hash, load, golden inputs) before the alias moves to it; when the test
 * fails, the deployment fails and rolls back, and the old version goes on answering.
 */
export class Predictor extends Construct implements IPredictor {
  /** What the model is. */
  public readonly card: ModelCard;
  /** Name of the model. */
  public readonly modelName: string;
  /** Version of the model. */
  public readonly modelVersion: string;
  /** Changes whenever any answer could. */
  public readonly revision: string;
  /** Longest time to an answer. */
  public readonly deadline: Duration;
  /** Where it is reached. */
  public readonly target: PredictorTarget;
  /** Name in logs and metrics. */
  public readonly serviceName: string;
  /** The model. */
  public readonly model: Model;
  /** The function. */
  public readonly function: LambdaFunction;
  /** The alias `live`: the released version. */
  public readonly alias: Alias;
  /** The function's role: it may write its own logs, and read its model where that lies in S3. */
  public readonly role: IRole;
  /** The function's log group. */
  public readonly logGroup: LogGroup;
  /** The invocation that a new version must survive before the alias moves. */
  public readonly selfTest: Trigger;

  public constructor(scope: Construct, id: string, props: PredictorProps) {
    super(scope, id);
    const { model } = props;
    this.model = model;
    this.card = model.card;
    this.modelName = model.card.modelName;
    this.modelVersion = model.card.modelVersion;
    this.serviceName = props.serviceName ?? Names.uniqueResourceName(this, { maxLength: 64 });
    this.deadline = props.deadline ?? Duration.seconds(10);
    validatePredictorOptions(this.deadline, props);
    const parts = addModelFunction(this, {
      ...props,
      serviceName: this.serviceName,
      handler: 'predict',
      deadline: this.deadline,
      timeout: functionTimeout(this.deadline),
      environment: payloadLogEnvironment(model.card, props.payloadLog),
    });
    this.logGroup = parts.logGroup;
    this.role = parts.role;
    this.function = parts.function;
    this.alias = parts.alias;
    this.selfTest = parts.selfTest;
    this.revision = parts.revision;
    if (props.provisionedConcurrency !== undefined && props.maxProvisionedConcurrency !== undefined) {
      this.alias
        .addAutoScaling({ minCapacity: props.provisionedConcurrency, maxCapacity: props.maxProvisionedConcurrency })
        .scaleOnUtilization({ utilizationTarget: 0.7 });
    }
    acknowledge(this.function, 'predictor');
    this.target = { transport: PredictorTransport.LAMBDA, address: this.alias.functionArn };
  }

  /** @internal */
  public get _followsPointer(): boolean {
    return this.model.source._kind === 'pointer';
  }

  /** @internal */
  public _useGraphBucket(bucket: IBucket): void {
    grantGraphBucket(this.function, this.role, bucket);
  }

  /** Let pages of `origin` read the answers in browsers. */
  public allowOrigin(origin: string): void {
    allowOrigin(this.function, origin);
  }

  /** Allow `grantee` to ask this predictor. */
  public grantPredict(grantee: IGrantable): Grant {
    return this.alias.grantInvoke(grantee);
  }

  /** A Step Functions task (JSONata) that asks this predictor. */
  public predictTask(scope: Construct, id: string, options?: PredictTaskOptions): TaskStateBase {
    return lambdaPredictTask(scope, id, this, options);
  }

  /** One of the predictor's metrics; the average over five minutes unless the options say otherwise. */
  public metric(metricName: string, options?: MetricOptions): Metric {
    return predictorMetric(this, metricName, options);
  }
}
