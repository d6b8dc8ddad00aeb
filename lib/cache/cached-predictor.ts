import { Duration, Names } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { type Grant, type IGrantable, type IRole, Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Alias, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import {
  CACHE_ENV,
  CACHE_METRICS,
  type CacheSettings,
  ENV,
  type PredictionCacheSettings,
} from '../../lambdas/shared/contract';
import { acknowledge } from '../acknowledgements';
import type { ModelCard } from '../model/model-card';
import { cacheMetric } from '../observability/cache-metric';
import { API_LIMIT_MS, addComposedFunction, ComposedPredictor } from '../predictor/composed-predictor';
import type { IPredictor } from '../predictor/predictor-ref';
import { addCacheStorage, cacheEnvironment, grantCache, grantInvalidation } from './cache-storage';
import { CacheStrategy } from './cache-strategy';
import type { CachedPredictorOptions } from './cached-predictor-options';
import { innerPredictor } from './inner-predictor';
import { deadlineFor, inflightOf, requireKnownInputs, requireTimeFor, type Waits } from './validate-cache';

/** Properties of a `CachedPredictor`. */
export interface CachedPredictorProps extends CachedPredictorOptions {
  /** What answers where the cache does not. */
  readonly predictor: IPredictor;
}

/**
 * A predictor that answers with what the one behind it said before, where it is the same question. Without an API:
 * `PredictionCache` has one.
 *
 * Source: docs/decisions/0007-caches.md
 */
export class CachedPredictor extends ComposedPredictor {
  /** What answers where the cache does not. */
  public readonly predictor: IPredictor;
  /** What it takes and gives: that of the predictor. */
  public readonly card: ModelCard;
  /** That of the predictor, which is what changes answers. */
  public readonly revision: string;
  /** Longest time to an answer. */
  public readonly deadline: Duration;
  /** Name in logs and metrics. */
  public readonly serviceName: string;
  /** The function that looks up, asks and stores. */
  public readonly function: LambdaFunction;
  /** The alias `live`: code and settings of one version. */
  public readonly alias: Alias;
  /** The function's role. */
  public readonly role: IRole;
  /** The function's log group. */
  public readonly logGroup: LogGroup;
  /** The entries. */
  public readonly cacheTable: ITable;
  /** Entries that are larger than a row, where there may be some. */
  public readonly cacheBucket?: IBucket;

  /** @internal */
  public readonly _followsPointer: boolean;

  public constructor(scope: Construct, id: string, props: CachedPredictorProps) {
    super(scope, id);
    const { predictor, staleWhileRevalidate } = props;
    this.predictor = predictor;
    this.card = predictor.card;
    this.revision = predictor.revision;
    this.serviceName = props.serviceName ?? Names.uniqueResourceName(this, { maxLength: 64 });
    requireKnownInputs(props.keyInputs, this.card);
    const maxInflight = inflightOf(props);
    const storage = addCacheStorage(this, props, staleWhileRevalidate);
    const waits = waitsOf(predictor, storage.settings, maxInflight);
    this.deadline = props.cacheDeadline ?? defaultDeadline(predictor, storage.settings, waits, maxInflight);
    requireTimeFor('cacheDeadline', this.deadline, waits);
    this.cacheTable = storage.table;
    this.cacheBucket = storage.bucket;

    const inner = innerPredictor(predictor);
    if (predictor._followsPointer && !inner) {
      throw new Error(
        'predictor must not follow a pointer behind other predictors: whose answer an entry is could not be told. ' +
          'Put the cache around the predictor with the pointer.',
      );
    }
    const settings: PredictionCacheSettings = {
      strategy: props.strategy ?? (maxInflight ? CacheStrategy.LOOKUP_FIRST : CacheStrategy.CONCURRENT),
      maxInflight,
      predictorMs: predictor.deadline.toMilliseconds(),
      keyInputs: props.keyInputs,
      perPrincipal: props.perPrincipal ?? false,
      allowBypass: props.allowBypass ?? false,
    };
    const source = inner?._followsPointer ? inner.model.source : undefined;
    const parts = addComposedFunction(this, {
      ...props,
      handler: 'prediction-cache',
      serviceName: this.serviceName,
      card: this.card,
      revision: this.revision,
      deadline: this.deadline,
      predictors: [predictor],
      environment: {
        [ENV.predictor]: predictor.target.address,
        [CACHE_ENV.prediction]: JSON.stringify(settings),
        ...cacheEnvironment(storage),
        ...source?._environment(),
      },
    });
    this.function = parts.function;
    this.alias = parts.alias;
    this.role = parts.role;
    this.logGroup = parts.logGroup;
    this._followsPointer = parts.followsPointer;
    grantCache(this.role, storage);
    source?._grantRead(this.role);
    // The next version must not ask the predictor before that one is released: it would take old answers for new ones.
    this.alias.node.addDependency(predictor);
    if (staleWhileRevalidate) this.allowRevalidation();
  }

  /** Allow `grantee` to invalidate entries, as `npx cdk-ml-serving invalidate` does. */
  public grantInvalidate(grantee: IGrantable): Grant {
    return grantInvalidation(grantee, this.cacheTable);
  }

  /** One of the predictor's metrics, or of the cache's: `CacheHits`, `CacheMisses`, ... */
  public override metric(metricName: string, options?: MetricOptions): Metric {
    const isOfCache = Object.values(CACHE_METRICS).some(({ name }) => name === metricName);
    return isOfCache ? cacheMetric(this, metricName, options) : super.metric(metricName, options);
  }

  /** Its function may invoke itself, by its alias; a policy apart, because the function itself waits for that of its role. */
  private allowRevalidation(): void {
    const statement = new PolicyStatement({
      actions: ['lambda:InvokeFunction'],
      resources: [this.alias.functionArn],
    });
    new Policy(this, 'Revalidate', { roles: [this.role], statements: [statement] });
    // Who finds the entry stale next has it refreshed again.
    this.alias.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    acknowledge(this, 'revalidation');
  }
}

/** What may go before an answer where nothing is found: the cache, with all that it may take, and the predictor. */
function waitsOf(predictor: IPredictor, { timeoutMs }: CacheSettings, maxInflight: number | undefined): Waits {
  // A lookup; with a lease two, and a write for each place. Before that the pointer, where there is one.
  const operations = (maxInflight ? 2 + maxInflight : 1) + (predictor._followsPointer ? 1 : 0);
  const cache = operations === 1 ? 'cacheTimeout' : `${operations} times cacheTimeout`;
  return { 'the deadline of the predictor': predictor.deadline.toMilliseconds(), [cache]: operations * timeoutMs };
}

function defaultDeadline(
  predictor: IPredictor,
  { timeoutMs }: CacheSettings,
  waits: Waits,
  maxInflight: number | undefined,
): Duration {
  const inVain = maxInflight ? 2 * predictor.deadline.toMilliseconds() + 10 * timeoutMs : 0;
  return Duration.millis(Math.max(deadlineFor(waits), Math.min(API_LIMIT_MS, inVain)));
}
