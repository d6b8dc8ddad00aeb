import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { TaskStateBase } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { IApiHandler } from '../api/api-handler';
import type { InlinedGraph } from '../graph/inlined-graph';
import type { ModelCard } from '../model/model-card';

/** Options of `IPredictor.predictTask`. All values are JSONata, as Step Functions evaluates it. */
export interface PredictTaskOptions {
  /**
   * The body of the inference request.
   * @default '{% $states.input.request %}'
   */
  readonly request?: string;
  /**
   * Id that joins the log lines of all steps.
   * @default - the name of the execution
   */
  readonly requestId?: string;
  /**
   * W3C trace context to hand on.
   * @default - none
   */
  readonly traceparent?: string;
  /**
   * Moment after which nobody waits for the answer, in milliseconds since 1970.
   * @default - the start of the execution plus the predictor's deadline
   */
  readonly deadlineMs?: string;
  /**
   * What the task puts out. `$states.result.Payload` is the predictor's answer.
   * @default '{% $states.result.Payload %}'
   */
  readonly outputs?: string;
}

/**
 * Anything that answers an inference request at once: one model in one function, or a pattern around others.
 * Patterns take predictors and are predictors, so they compose.
 */
export interface IPredictor extends IApiHandler {
  /** What the model is; of a pattern around several, the one whose answer it gives. */
  readonly card: ModelCard;
  /** Version of the model. */
  readonly modelVersion: string;
  /** Changes whenever any answer could. */
  readonly revision: string;
  /** Allow `grantee` to ask it. */
  grantPredict(grantee: IGrantable): Grant;
  /** A Step Functions task (JSONata) that asks it. The state machine's role is granted to. */
  predictTask(scope: Construct, id: string, options?: PredictTaskOptions): TaskStateBase;
  /** @internal Whether it may answer with another model, or version, than at synth: a pointer says which one. */
  readonly _followsPointer?: boolean;
  /** @internal What it is made of, where it is a graph: another graph then takes its steps for its own. */
  readonly _graph?: InlinedGraph;
  /** @internal Let it read requests from a bucket, and leave large answers there: under `GRAPH_PREFIX`. */
  _useGraphBucket?(bucket: IBucket): void;
  /** One of the predictor's metrics, such as `Requests` or `Latency`: all of them are in docs/observability.md. */
  metric(metricName: string, options?: MetricOptions): Metric;
}
