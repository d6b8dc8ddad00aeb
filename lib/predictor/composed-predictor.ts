import { Duration, Size } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable, IRole } from 'aws-cdk-lib/aws-iam';
import { Alias, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { TaskStateBase } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { ENV, MODEL_DIR, type ModelManifest } from '../../lambdas/shared/contract';
import { acknowledge } from '../acknowledgements';
import { allowOrigin } from '../functions/allow-origin';
import { addFunction, type FunctionParts } from '../functions/function-parts';
import { type FilesBeside, handlerCodeWithCard } from '../functions/handler-code';
import { type PlacementOptions, placementOf } from '../functions/placement-options';
import { grantGraphBucket } from '../graph/graph-bucket';
import type { ModelCard } from '../model/model-card';
import { predictorMetric } from '../observability/predictor-metric';
import { validateMaxBodySize } from './model-function-options';
import { functionTimeout, lambdaPredictTask } from './predict-task';
import type { IPredictor, PredictTaskOptions } from './predictor-ref';
import { type PredictorTarget, PredictorTransport } from './predictor-target';

/** How the function of a predictor that asks others runs; every option has a default. */
export interface ComposedPredictorOptions extends PlacementOptions {
  /**
   * Name of the service in logs and metrics.
   * @default - a name made from the construct's path
   */
  readonly serviceName?: string;
  /**
   * Memory of the function that asks. It runs no model; the share of a CPU grows with it.
   * @default Size.mebibytes(1024)
   */
  readonly frontMemory?: Size;
  /**
   * Largest request body, at most 4.4 MiB; a larger one gets a 413. Lambda takes 6 MB, and the gateway hands bodies over
   * as base64, which makes them a third larger.
   * @default Size.mebibytes(4)
   */
  readonly maxBodySize?: Size;
}

/** A predictor that answers by asking others: no model is in its function. */
export abstract class ComposedPredictor extends Construct implements IPredictor {
  /** What it takes and gives. */
  public abstract readonly card: ModelCard;
  /** Changes whenever any answer could. */
  public abstract readonly revision: string;
  /** Longest time to an answer. */
  public abstract readonly deadline: Duration;
  /** Name in logs and metrics. */
  public abstract readonly serviceName: string;
  /** The function that asks. */
  public abstract readonly function: LambdaFunction;
  /** The alias `live`: code and settings of one version. */
  public abstract readonly alias: Alias;
  /** The function's role. */
  public abstract readonly role: IRole;
  /** The function's log group. */
  public abstract readonly logGroup: LogGroup;

  /** @internal */
  public abstract readonly _followsPointer: boolean;

  /** Name of the model. */
  public get modelName(): string {
    return this.card.modelName;
  }
  /** Version of the model. */
  public get modelVersion(): string {
    return this.card.modelVersion;
  }
  /** Where it is reached. */
  public get target(): PredictorTarget {
    return { transport: PredictorTransport.LAMBDA, address: this.alias.functionArn };
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

  /** One of the predictor's metrics: `Requests`, `Latency`, ... */
  public metric(metricName: string, options?: MetricOptions): Metric {
    return predictorMetric(this, metricName, options);
  }
}

/** The function of a composed predictor. */
export interface ComposedFunctionSpec extends ComposedPredictorOptions {
  /** Its folder in `lambdas/`. */
  readonly handler: string;
  readonly serviceName: string;
  readonly card: ModelCard;
  readonly revision: string;
  readonly deadline: Duration;
  /** Whom it asks: it is granted to. */
  readonly predictors: readonly IPredictor[];
  /** Whether those behind it may answer with another version than at synth; what it asks itself is looked at anyway. */
  readonly followsPointer?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  /** What the function must know beyond the card. */
  readonly manifest?: Partial<ModelManifest>;
  /** What lies beside its code. */
  readonly beside?: FilesBeside;
}

export interface ComposedFunctionParts extends FunctionParts {
  readonly alias: Alias;
  /** Whether one of those that it asks may answer with another version than at synth. */
  readonly followsPointer: boolean;
}

/** A function that answers for a card without running a model, behind an alias, all directly in `scope`. */
export function addComposedFunction(scope: Construct, spec: ComposedFunctionSpec): ComposedFunctionParts {
  const { card, deadline, predictors } = spec;
  validateMaxBodySize(spec.maxBodySize);
  requireLonger(deadline, predictors);
  const followsPointer = spec.followsPointer || predictors.some(({ _followsPointer }) => _followsPointer);
  const parts = addFunction(scope, {
    ...placementOf(spec),
    serviceName: spec.serviceName,
    code: handlerCodeWithCard(
      spec.handler,
      {
        ...card._manifest(spec.revision, followsPointer ? 'pointer' : 'asset'),
        behind: predictors[0]?.revision,
        ...spec.manifest,
      },
      spec.beside,
    ),
    description: `${spec.handler} for ${card.modelName} ${card.modelVersion} (${spec.revision})`,
    roleDescription: `Asks predictors for ${spec.serviceName}`,
    memory: spec.frontMemory ?? Size.mebibytes(1024),
    timeout: functionTimeout(deadline),
    environment: {
      [ENV.modelDir]: MODEL_DIR,
      [ENV.deadlineMs]: `${deadline.toMilliseconds()}`,
      [ENV.maxBodyBytes]: `${(spec.maxBodySize ?? Size.mebibytes(4)).toBytes()}`,
      ...spec.environment,
    },
  });
  for (const predictor of predictors) predictor.grantPredict(parts.role);
  const alias = new Alias(scope, 'Alias', { aliasName: 'live', version: parts.function.currentVersion });
  acknowledge(parts.function, 'predictor');
  return { ...parts, alias, followsPointer };
}

/** The longest that API Gateway waits for an answer. */
export const API_LIMIT_MS = 29_000;

/** The longest deadline of those that are asked, and time to ask and to answer. */
export function deadlineAround(predictors: readonly IPredictor[]): Duration {
  return Duration.millis(longestDeadline(predictors) + 1000);
}

/** A caller that gives up before its callee never learns what happened. */
function requireLonger(deadline: Duration, predictors: readonly IPredictor[]): void {
  const least = longestDeadline(predictors);
  if (deadline.toMilliseconds() > least) return;
  throw new Error(
    `deadline must be longer than that of the predictor that is asked, ${least} ms; got ${deadline.toMilliseconds()} ms`,
  );
}

function longestDeadline(predictors: readonly IPredictor[]): number {
  return Math.max(0, ...predictors.map(({ deadline }) => deadline.toMilliseconds()));
}
