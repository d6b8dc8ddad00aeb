import { createHash } from 'node:crypto';
import { Duration, Names } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { Alias, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { BREAKER_ENV, ENV } from '../../lambdas/shared/contract';
import type { ModelCard } from '../model/model-card';
import { breakerMetric } from '../observability/breaker-metric';
import { addComposedFunction, ComposedPredictor } from '../predictor/composed-predictor';
import type { IPredictor } from '../predictor/predictor-ref';
import { BreakerTable, grantBreaker } from './breaker-table';
import { breakerSettings, type CircuitBreakOptions } from './circuit-break-options';
import { Fallback } from './fallback';

/** Properties of a `CircuitBreak`. */
export interface CircuitBreakProps extends CircuitBreakOptions {
  /** The predictor that is asked as long as it answers. */
  readonly predictor: IPredictor;
}

/**
 * A predictor around any other, which asks it no more than it stands: at most so many calls at once, and none while it
 * fails. What is not asked, or fails, the fallback answers, marked with the reason (`x-fallback`).
 *
 * Source: "Release It!" (Nygard, 2nd edition, 2018), chapter 5; docs/decisions/0008-circuit-break.md
 */
export class CircuitBreak extends ComposedPredictor {
  /** What it takes and gives: the same as the predictor. */
  public readonly card: ModelCard;
  /** Changes whenever any answer could. */
  public readonly revision: string;
  /** Longest time to an answer. */
  public readonly deadline: Duration;
  /** Name in logs and metrics. */
  public readonly serviceName: string;
  /** The predictor that is asked. */
  public readonly guarded: IPredictor;
  /** The state, which all environments share. */
  public readonly breakerTable: ITable;
  /** The function that asks. */
  public readonly function: LambdaFunction;
  /** The alias `live`: code and settings of one version. */
  public readonly alias: Alias;
  /** The function's role. */
  public readonly role: IRole;
  /** The function's log group. */
  public readonly logGroup: LogGroup;
  /** @internal */
  public readonly _followsPointer: boolean;

  public constructor(scope: Construct, id: string, props: CircuitBreakProps) {
    super(scope, id);
    const { fallback = Fallback.refuse(), predictor } = props;
    this.guarded = predictor;
    this.card = predictor.card;
    this.serviceName = props.serviceName ?? Names.uniqueResourceName(this, { maxLength: 64 });
    const settings = breakerSettings(props, predictor.deadline);
    const fallbackSettings = fallback._settings(this.card);
    this.revision = revisionOf(predictor, fallback, { ...fallbackSettings, predictor: undefined });
    this.deadline = deadlineOf(props.deadline, predictor, fallback);
    this.breakerTable = props.breakerTable ?? new BreakerTable(this, 'Table', { encryptionKey: props.encryptionKey });
    const parts = addComposedFunction(this, {
      ...props,
      handler: 'circuit-break',
      serviceName: this.serviceName,
      card: this.card,
      revision: this.revision,
      deadline: this.deadline,
      predictors: fallback._predictor ? [predictor, fallback._predictor] : [predictor],
      environment: {
        [ENV.predictor]: predictor.target.address,
        [BREAKER_ENV.table]: this.breakerTable.tableName,
        [BREAKER_ENV.settings]: JSON.stringify(settings),
        [BREAKER_ENV.fallback]: JSON.stringify(fallbackSettings),
      },
    });
    this.function = parts.function;
    this.role = parts.role;
    this.logGroup = parts.logGroup;
    this.alias = parts.alias;
    this._followsPointer = parts.followsPointer;
    grantBreaker(this.role, this.breakerTable, props.maxConcurrency !== undefined || fallback._kind === 'last-result');
  }

  /** One of its metrics: those of every predictor, and `Fallbacks`, `BreakerOpened`, ... */
  public override metric(metricName: string, options?: MetricOptions): Metric {
    return breakerMetric(this, metricName, options);
  }
}

/** Time to ask, and to answer. */
const SPARE_MS = 1000;

function deadlineOf(given: Duration | undefined, predictor: IPredictor, fallback: Fallback): Duration {
  const least = predictor.deadline.toMilliseconds() + fallback._deadline.toMilliseconds();
  if (given && given.toMilliseconds() <= least) {
    throw new Error(
      `deadline must be longer than those of the predictor and of the fallback together, ${least} ms; got ${given.toMilliseconds()} ms`,
    );
  }
  return given ?? Duration.millis(least + SPARE_MS);
}

/** Of an address only a deployment knows what it is; who is there has a revision. */
function revisionOf(predictor: IPredictor, fallback: Fallback, settings: object): string {
  const parts = [predictor.revision, fallback._predictor?.revision, settings];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
}
