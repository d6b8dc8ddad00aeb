import type { Duration } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { TaskStateBase } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { useGraphBucket } from '../graph/graph-bucket';
import type { InlinedGraph } from '../graph/inlined-graph';
import type { ModelCard } from '../model/model-card';
import type { IPredictor, PredictTaskOptions } from './predictor-ref';
import type { PredictorTarget } from './predictor-target';

/** A construct that is a predictor because it has one, which answers for it. */
export abstract class PredictorHolder extends Construct implements IPredictor {
  /** What answers. */
  public abstract readonly predictor: IPredictor;

  /** Name of the service in logs and metrics. */
  public get serviceName(): string {
    return this.predictor.serviceName;
  }
  /** What the model is. */
  public get card(): ModelCard {
    return this.predictor.card;
  }
  /** Name of the model. */
  public get modelName(): string {
    return this.predictor.modelName;
  }
  /** Version of the model. */
  public get modelVersion(): string {
    return this.predictor.modelVersion;
  }
  /** Changes whenever any answer could. */
  public get revision(): string {
    return this.predictor.revision;
  }
  /** Longest time to an answer. */
  public get deadline(): Duration {
    return this.predictor.deadline;
  }
  /** @internal */
  public get _followsPointer(): boolean | undefined {
    return this.predictor._followsPointer;
  }
  /** @internal */
  public get _graph(): InlinedGraph | undefined {
    return this.predictor._graph;
  }
  /** @internal */
  public _useGraphBucket(bucket: IBucket): void {
    useGraphBucket(this.predictor, bucket);
  }
  /** Where the predictor is reached from inside, past the front. */
  public get target(): PredictorTarget {
    return this.predictor.target;
  }

  /** Let pages of `origin` read the answers in browsers. */
  public allowOrigin(origin: string): void {
    this.predictor.allowOrigin(origin);
  }

  /** Allow `grantee` to ask the predictor past the front. */
  public grantPredict(grantee: IGrantable): Grant {
    return this.predictor.grantPredict(grantee);
  }

  /** A Step Functions task (JSONata) that asks the predictor. */
  public predictTask(scope: Construct, id: string, options?: PredictTaskOptions): TaskStateBase {
    return this.predictor.predictTask(scope, id, options);
  }

  /** One of the predictor's metrics. */
  public metric(metricName: string, options?: MetricOptions): Metric {
    return this.predictor.metric(metricName, options);
  }
}
