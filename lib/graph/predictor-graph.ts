import { createHash } from 'node:crypto';
import { Duration, FileSystem, Names } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { Alias, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { GRAPH_ENV } from '../../lambdas/shared/contract';
import { emulatedInlineBytes } from '../emulator-context';
import { handlerFolder } from '../functions/handler-code';
import type { ModelCard } from '../model/model-card';
import { graphMetric, stageMetric } from '../observability/graph-metric';
import { addComposedFunction, ComposedPredictor, type ComposedPredictorOptions } from '../predictor/composed-predictor';
import type { IPredictor } from '../predictor/predictor-ref';
import { type CompiledGraph, compileGraph } from './compile/compile-graph';
import { grantGraphBucket, graphBucketOf, useGraphBucket } from './graph-bucket';
import { graphCard, RequestTensors } from './graph-card';
import { addGraphMachine } from './graph-machine';
import type { InlinedGraph } from './inlined-graph';
import { Step } from './step';

/** What the answer of a graph is called, and how long it takes. */
export interface GraphOptions extends ComposedPredictorOptions {
  /**
   * Longest time to an answer: whole seconds, at least 2, because Step Functions counts in seconds. Behind an API at most
   * 29 s. Steps get what is left of it, less one second for the answer itself.
   * @default Duration.seconds(10)
   */
  readonly deadline?: Duration;
  /**
   * Name of the whole in URLs, logs and metrics.
   * @default - that of the model that is asked last
   */
  readonly modelName?: string;
  /**
   * Version of the whole.
   * @default - that of the model that is asked last
   */
  readonly modelVersion?: string;
  /**
   * Whether the answer has the outputs of each step too, as `<step>.<output>`. A request that names its outputs gets those.
   * @default true
   */
  readonly stageOutputs?: boolean;
}

/** Properties of a `PredictorGraph`. */
export interface PredictorGraphProps extends GraphOptions {
  /** What is asked, one after the other. */
  readonly steps: Step[];
  /**
   * What the whole gives: outputs by name, each `<step>.<output>`, or several of these with `|` between them, of which the
   * first that there is.
   * @default - the outputs of the last step
   */
  readonly result?: { readonly [output: string]: string };
}

/**
 * Predictors in an order, as one predictor: a state machine (Step Functions Express) asks them, and a function in front of
 * it makes one answer of theirs.
 */
export class PredictorGraph extends ComposedPredictor {
  /** What it takes and gives. */
  public readonly card: ModelCard;
  /** Changes whenever any answer could. */
  public readonly revision: string;
  /** Longest time to an answer. */
  public readonly deadline: Duration;
  /** Name in logs and metrics. */
  public readonly serviceName: string;
  /** Runs the state machine and makes the answer. */
  public readonly function: LambdaFunction;
  /** The alias `live`: code and settings of one version. */
  public readonly alias: Alias;
  /** The function's role: it may run the state machine, and use the bucket. */
  public readonly role: IRole;
  /** The function's log group. */
  public readonly logGroup: LogGroup;
  /** Asks the steps. */
  public readonly stateMachine: StateMachine;
  /** Failures of the state machine, without payloads. */
  public readonly machineLogGroup: LogGroup;
  /** What is too large for the state machine; all graphs of a stack share it. */
  public readonly payloadBucket: IBucket;
  /** Names of the steps, as in metrics; those of a graph within it begin with its name and `/`. */
  public readonly stages: string[];
  /** @internal */
  public readonly _followsPointer: boolean;
  /** @internal */
  public readonly _graph: InlinedGraph;
  /** @internal Whom it asks. */
  public readonly _predictors: readonly IPredictor[];

  public constructor(scope: Construct, id: string, props: PredictorGraphProps) {
    super(scope, id);
    const definition = { root: Step.sequence(...props.steps), result: props.result };
    const request = new RequestTensors();
    const compiled = compileGraph(definition, request.find, emulatedInlineBytes(this));
    this._graph = { definition, compiled };
    this._predictors = compiled.predictors;
    this.deadline = props.deadline ?? Duration.seconds(10);
    requireDeadline(this.deadline, compiled.leastDeadlineMs);
    this.serviceName = props.serviceName ?? Names.uniqueResourceName(this, { maxLength: 64 });
    this.card = graphCard(compiled, request, { ...props, stageOutputs: props.stageOutputs ?? true });
    this.revision = revisionOf(compiled, definition.result);
    this.stages = [...compiled.stages];
    this.payloadBucket = graphBucketOf(this, props.encryptionKey);
    for (const predictor of compiled.predictors) useGraphBucket(predictor, this.payloadBucket);
    const { machineLogGroup, stateMachine } = addGraphMachine(this, compiled, this.deadline, props);
    this.stateMachine = stateMachine;
    this.machineLogGroup = machineLogGroup;
    const parts = addComposedFunction(this, {
      ...props,
      serviceName: this.serviceName,
      handler: 'graph',
      card: this.card,
      revision: this.revision,
      deadline: this.deadline,
      predictors: [],
      manifest: { graph: compiled.manifest },
      followsPointer: compiled.predictors.some(({ _followsPointer }) => _followsPointer),
      environment: {
        [GRAPH_ENV.stateMachine]: stateMachine.stateMachineArn,
        [GRAPH_ENV.inlineBytes]: `${compiled.inlineBytes}`,
      },
    });
    this.function = parts.function;
    this.alias = parts.alias;
    this.role = parts.role;
    this.logGroup = parts.logGroup;
    this._followsPointer = parts.followsPointer;
    stateMachine.grantStartSyncExecution(this.role);
    grantGraphBucket(this.function, this.role, this.payloadBucket);
  }

  /** One of the graph's metrics: those of a predictor, and `PartialAnswers`. */
  public override metric(metricName: string, options?: MetricOptions): Metric {
    return graphMetric(this, metricName, options);
  }

  /** A metric of one step: `StageLatency`, `StageBytes`, `StageErrors`. */
  public stageMetric(stage: string, metricName: string, options?: MetricOptions): Metric {
    return stageMetric(this, stage, metricName, options);
  }
}

function requireDeadline(deadline: Duration, least: number): void {
  const ms = deadline.toMilliseconds();
  if (ms % 1000 === 0 && ms >= least && ms <= 5 * 60_000) return;
  throw new Error(
    `deadline must be whole seconds, at least ${least / 1000} for these steps and at most 300; got ${ms} ms`,
  );
}

/** Of the members as they are, and of what is done with them. */
function revisionOf({ manifest, predictors }: CompiledGraph, result: PredictorGraphProps['result']): string {
  const hash = createHash('sha256').update(FileSystem.fingerprint(handlerFolder('graph')));
  for (const { revision } of predictors) hash.update(revision);
  hash.update(JSON.stringify({ machine: manifest.machine, result }));
  return hash.digest('hex').slice(0, 12);
}
