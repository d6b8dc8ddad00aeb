import * as path from 'node:path';
import { Duration, Names, RemovalPolicy } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import {
  AttributeType,
  BillingMode,
  type ITable,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable, IRole } from 'aws-cdk-lib/aws-iam';
import type { Alias, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { CACHE_METRICS, DATA_ENV, type DataSettings, ENV, MODEL_DIR, RECORD_HOOK } from '../../lambdas/shared/contract';
import { within } from '../cache/cache-options';
import { addCacheStorage, cacheEnvironment, grantCache, grantInvalidation } from '../cache/cache-storage';
import { CacheStrategy } from '../cache/cache-strategy';
import { deadlineFor, requireTimeFor, type Waits } from '../cache/validate-cache';
import type { FilesBeside } from '../functions/handler-code';
import type { ModelCard } from '../model/model-card';
import { cacheMetric } from '../observability/cache-metric';
import { addComposedFunction, ComposedPredictor } from '../predictor/composed-predictor';
import type { Hook } from '../predictor/hook';
import type { IPredictor } from '../predictor/predictor-ref';
import { CachedData } from './cached-data';
import { DataFiller } from './data-filler';
import { cardForIds, columnsOf, preprocessingVersion } from './data-inputs';
import type { DataPredictorOptions } from './data-predictor-options';
import { DataStore, settingsText } from './data-store';

/** Properties of a `DataPredictor`. */
export interface DataPredictorProps extends DataPredictorOptions {
  /** What answers, with the inputs that the data make. */
  readonly predictor: IPredictor;
}

/**
 * A predictor that takes ids: it fetches the data of each from a store, through a cache, and asks the one behind it.
 * Without an API: `DataCache` has one.
 *
 * Source: docs/decisions/0007-caches.md
 */
export class DataPredictor extends ComposedPredictor {
  /** What answers, with the inputs that the data make. */
  public readonly predictor: IPredictor;
  /** What it takes and gives: ids, and what the predictor gives. */
  public readonly card: ModelCard;
  /** Changes with the predictor, and with what makes inputs of data. */
  public readonly revision: string;
  /** Longest time to an answer. */
  public readonly deadline: Duration;
  /** Name in logs and metrics. */
  public readonly serviceName: string;
  /** The function that fetches and asks. */
  public readonly function: LambdaFunction;
  /** The alias `live`: code and settings of one version. */
  public readonly alias: Alias;
  /** The function's role. */
  public readonly role: IRole;
  /** The function's log group. */
  public readonly logGroup: LogGroup;
  /** The entries of the cache. */
  public readonly cacheTable: ITable;
  /** The data, where no store is given. */
  public readonly dataTable?: ITable;
  /** Fills the cache before anybody asks, where it is prepared or refreshed. */
  public readonly filler?: DataFiller;

  /** @internal */
  public readonly _followsPointer: boolean;

  public constructor(scope: Construct, id: string, props: DataPredictorProps) {
    super(scope, id);
    const { predictor, prepareData, prepared = false, refreshEvery } = props;
    this.predictor = predictor;
    this.serviceName = props.serviceName ?? Names.uniqueResourceName(this, { maxLength: 64 });
    if (!props.store) this.dataTable = addDataTable(this, prepared, props);
    const store = props.store ?? DataStore.table(this.dataTable as ITable);
    this.card = cardForIds(predictor.card, store._numericId);
    const columns = columnsOf(predictor.card, props.columns);
    const version = preprocessingVersion(predictor.card, columns, prepareData);
    this.revision = `${predictor.revision}-${version}`;
    const storeTimeoutMs = within('storeTimeout', props.storeTimeout ?? Duration.seconds(2), 10, 28_000);
    const storage = addCacheStorage(this, { ...props, ttl: ttlOf(props) });
    requireRefreshWithin(refreshEvery, storage.settings.ttlMs);
    const strategy = props.strategy ?? (prepared ? CacheStrategy.LOOKUP_FIRST : CacheStrategy.CONCURRENT);
    const waits = waitsOf(predictor, storage.settings.timeoutMs, storeTimeoutMs, strategy);
    this.deadline = props.dataDeadline ?? Duration.millis(deadlineFor(waits));
    requireTimeFor('dataDeadline', this.deadline, waits);
    this.cacheTable = storage.table;
    const settings: DataSettings = {
      store: store._settings(),
      inputs: predictor.card._inputs,
      columns,
      form: props.cachedData ?? CachedData.PREPROCESSED,
      version,
      strategy,
      unknownTtlMs: unknownTtlOf(props),
      storeTimeoutMs,
      hook: prepareData !== undefined,
    };
    const environment = { ...cacheEnvironment(storage), [DATA_ENV.settings]: settingsText(this, settings) };
    const beside = prepareData && besideOf(prepareData);
    const parts = addComposedFunction(this, {
      ...props,
      handler: 'data-cache',
      serviceName: this.serviceName,
      card: this.card,
      revision: this.revision,
      deadline: this.deadline,
      predictors: [predictor],
      environment: { [ENV.predictor]: predictor.target.address, ...environment },
      beside,
    });
    this.function = parts.function;
    this.alias = parts.alias;
    this.role = parts.role;
    this.logGroup = parts.logGroup;
    this._followsPointer = parts.followsPointer;
    grantCache(this.role, storage);
    store._grantRead(this.role);
    if (!prepared && !refreshEvery) return;
    const manifest = this.card._manifest(this.revision, 'asset');
    const serviceName = this.serviceName;
    const spec = { ...props, serviceName, store, manifest, beside, environment, changes: prepared };
    this.filler = DataFiller._of(this, 'Filler', spec);
    grantCache(this.filler.role, storage);
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
}

/** What goes before an answer where the cache has nothing: it and the store, together or one after the other. */
function waitsOf(predictor: IPredictor, cacheMs: number, storeMs: number, strategy: CacheStrategy): Waits {
  const asked = { 'the deadline of the predictor': predictor.deadline.toMilliseconds() };
  if (strategy === CacheStrategy.LOOKUP_FIRST) return { ...asked, cacheTimeout: cacheMs, storeTimeout: storeMs };
  return { ...asked, 'the longer of storeTimeout and cacheTimeout': Math.max(cacheMs, storeMs) };
}

/** The store where none is given. It holds data, so it is kept. */
function addDataTable(scope: Construct, prepared: boolean, { encryptionKey }: DataPredictorOptions): Table {
  return new Table(scope, 'DataTable', {
    partitionKey: { name: 'id', type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    encryption: encryptionKey ? TableEncryption.CUSTOMER_MANAGED : TableEncryption.DEFAULT,
    encryptionKey,
    stream: prepared ? StreamViewType.NEW_IMAGE : undefined,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    removalPolicy: RemovalPolicy.RETAIN,
  });
}

function besideOf(hook: Hook): FilesBeside {
  return {
    digest: `${RECORD_HOOK}${hook._digest()}`,
    copyTo: (folder) => hook._copyTo(path.join(folder, MODEL_DIR, RECORD_HOOK)),
  };
}

function unknownTtlOf({ unknownTtl }: DataPredictorOptions): number {
  const ms = unknownTtl?.toMilliseconds() ?? 0;
  if (ms <= 300_000) return ms;
  throw new Error(`unknownTtl must be at most 5 minutes, because data may come meanwhile; got ${ms} ms`);
}

/** What is prepared is changed by who tells of changes, and does not end by itself meanwhile. */
function ttlOf({ prepared, ttl }: DataPredictorOptions): Duration | undefined {
  return ttl ?? (prepared ? Duration.days(31) : undefined);
}

function requireRefreshWithin(refreshEvery: Duration | undefined, ttlMs: number): void {
  const everyMs = refreshEvery?.toMilliseconds() ?? 0;
  if (everyMs < ttlMs) return;
  throw new Error(
    `refreshEvery must be shorter than ttl, ${ttlMs} ms, or entries end before they are refreshed; got ${everyMs} ms`,
  );
}
