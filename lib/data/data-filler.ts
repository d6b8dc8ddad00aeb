import { Duration, Size } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ENV, MODEL_DIR, type ModelManifest, REFRESH } from '../../lambdas/shared/contract';
import { acknowledge } from '../acknowledgements';
import { addFunction } from '../functions/function-parts';
import { type FilesBeside, handlerCodeWithCard } from '../functions/handler-code';
import { type PlacementOptions, placementOf } from '../functions/placement-options';
import type { DataStore } from './data-store';

/** @internal */
export interface DataFillerSpec extends PlacementOptions {
  readonly serviceName: string;
  readonly store: DataStore;
  readonly manifest: ModelManifest;
  readonly beside?: FilesBeside;
  readonly environment: Readonly<Record<string, string>>;
  /** Whether it is told of every change. */
  readonly changes: boolean;
  readonly refreshEvery?: Duration;
}

/** Puts what enters a store into a cache, before anybody asks for it. */
export class DataFiller extends Construct {
  /** @internal */
  public static _of(scope: Construct, id: string, spec: DataFillerSpec): DataFiller {
    return new DataFiller(scope, id, spec);
  }

  /** The function. */
  public readonly function: LambdaFunction;
  /** The function's role. */
  public readonly role: IRole;
  /** The function's log group. */
  public readonly logGroup: LogGroup;

  private constructor(scope: Construct, id: string, spec: DataFillerSpec) {
    super(scope, id);
    const { refreshEvery, store } = spec;
    const parts = addFunction(this, {
      ...placementOf(spec),
      serviceName: spec.serviceName,
      code: handlerCodeWithCard('data-filler', spec.manifest, spec.beside),
      description: `Fills the data cache of ${spec.serviceName}`,
      roleDescription: `Reads the store and fills the data cache of ${spec.serviceName}`,
      memory: Size.mebibytes(512),
      timeout: Duration.minutes(15),
      environment: { [ENV.modelDir]: MODEL_DIR, ...spec.environment },
    });
    this.function = parts.function;
    this.role = parts.role;
    this.logGroup = parts.logGroup;
    store._grantRead(this.role);
    acknowledge(this, 'filler');
    if (spec.changes) store._tell(this, this.function);
    if (!refreshEvery) return;
    if (!store._listable) throw new Error('refreshEvery must not be given with DataStore.http: it cannot tell its ids');
    const seconds = refreshEvery.toSeconds();
    if (seconds < 60 || seconds % 60)
      throw new Error(`refreshEvery must be whole minutes, at least one; got ${seconds} s`);
    store._grantList(this.role);
    const target = new LambdaTarget(this.function, { retryAttempts: 0, event: RuleTargetInput.fromObject(REFRESH) });
    acknowledge(new Rule(this, 'Refresh', { schedule: Schedule.rate(refreshEvery), targets: [target] }), 'fillRule');
  }
}
