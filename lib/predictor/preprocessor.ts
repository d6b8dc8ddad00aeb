import { createHash } from 'node:crypto';
import * as path from 'node:path';
import { type Duration, FileSystem, Names } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { Alias, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ENV, MODEL_DIR, TRANSFORM } from '../../lambdas/shared/contract';
import { handlerFolder } from '../functions/handler-code';
import type { CardTensor } from '../model/card-fields';
import type { ModelCard } from '../model/model-card';
import { stageMetric } from '../observability/graph-metric';
import {
  addComposedFunction,
  ComposedPredictor,
  type ComposedPredictorOptions,
  deadlineAround,
} from './composed-predictor';
import type { IPredictor } from './predictor-ref';
import type { Transform } from './transform';

/** Properties of a `Preprocessor`. */
export interface PreprocessorProps extends ComposedPredictorOptions {
  /** The code. */
  readonly transform: Transform;
  /** The predictor whose input it makes. */
  readonly predictor: IPredictor;
  /**
   * Whether the function asks the predictor itself. Where it does not, its answer are the tensors that it made, for whoever
   * asks the predictor with them: a step of a graph.
   * @default true
   */
  readonly asks?: boolean;
  /**
   * Longest time to an answer.
   * @default - the predictor's deadline and one second; without asking, the predictor's deadline
   */
  readonly deadline?: Duration;
  /**
   * Environment variables for the code.
   * @default - none
   */
  readonly environment?: { readonly [name: string]: string };
}

/**
 * Code of yours in a function of its own, before a predictor: its tensors, memory, libraries and faults are not the
 * model's. Whatever the code uses, grant to `role`.
 */
export class Preprocessor extends ComposedPredictor {
  /** What it takes and gives. */
  public readonly card: ModelCard;
  /** Changes whenever any answer could. */
  public readonly revision: string;
  /** Longest time to an answer. */
  public readonly deadline: Duration;
  /** Name in logs and metrics. */
  public readonly serviceName: string;
  /** The function with the code. */
  public readonly function: LambdaFunction;
  /** The alias `live`: code and settings of one version. */
  public readonly alias: Alias;
  /** The function's role. */
  public readonly role: IRole;
  /** The function's log group. */
  public readonly logGroup: LogGroup;
  /** Names of its steps, as in metrics. */
  public readonly stages: string[] = ['preprocess', 'predict'];
  /** @internal */
  public readonly _followsPointer: boolean;

  public constructor(scope: Construct, id: string, props: PreprocessorProps) {
    super(scope, id);
    const { asks = true, predictor, transform } = props;
    const gives = givenTensors(transform, predictor, asks);
    this.card = transform._card(predictor.card, asks ? undefined : gives);
    this.serviceName = props.serviceName ?? Names.uniqueResourceName(this, { maxLength: 64 });
    this.deadline = props.deadline ?? (asks ? deadlineAround([predictor]) : predictor.deadline);
    const hash = createHash('sha256').update(FileSystem.fingerprint(handlerFolder('transform')));
    hash.update(transform._hook._digest()).update(JSON.stringify(transform._fields));
    this.revision = (asks ? hash.update(predictor.revision) : hash).digest('hex').slice(0, 12);
    const parts = addComposedFunction(this, {
      ...props,
      serviceName: this.serviceName,
      handler: 'transform',
      card: this.card,
      revision: this.revision,
      deadline: this.deadline,
      predictors: asks ? [predictor] : [],
      environment: { ...props.environment, ...(asks && { [ENV.predictor]: predictor.target.address }) },
      manifest: { transform: { gives, pair: transform.pair } },
      beside: {
        digest: transform._hook._digest(),
        copyTo: (folder) => transform._hook._copyTo(path.join(folder, MODEL_DIR, TRANSFORM)),
      },
    });
    this.function = parts.function;
    this.alias = parts.alias;
    this.role = parts.role;
    this.logGroup = parts.logGroup;
    this._followsPointer = parts.followsPointer;
  }

  /** A metric of one step, where the function asks the predictor: `StageLatency`, `StageBytes`, `StageErrors`. */
  public stageMetric(stage: string, metricName: string, options?: MetricOptions): Metric {
    return stageMetric(this, stage, metricName, options);
  }
}

/** What the code gives: what it says of itself, or what the predictor takes. */
function givenTensors(
  { _fields, transformName }: Transform,
  { card }: IPredictor,
  asks: boolean,
): readonly CardTensor[] {
  const { outputs } = _fields;
  if (!outputs) return card._inputs;
  if (!asks) return outputs;
  for (const input of card._inputs) {
    const given = outputs.find(({ name }) => name === input.name);
    if (given?.datatype === input.datatype && given.shape.length === input.shape.length) continue;
    throw new Error(`transform ${transformName} must give ${input.name} as ${card.modelName} takes it`);
  }
  return card._inputs;
}
