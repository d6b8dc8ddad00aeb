import type { Duration } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { JOB_ROUTES, ROUTES } from '../../lambdas/shared/contract';
import type { PredictorTarget } from '../predictor/predictor-target';

/** A route of an API. */
export type ApiRoute = (typeof ROUTES | typeof JOB_ROUTES)[number];

/** What can stand behind an `InferenceApi`: it answers the requests of the Open Inference Protocol. */
export interface IApiHandler extends IConstruct {
  /** Name of the service in logs and metrics. */
  readonly serviceName: string;
  /** Name of the model in requests, logs and metrics. */
  readonly modelName: string;
  /** Longest time to an answer. A caller's own deadline must exceed it. */
  readonly deadline: Duration;
  /** Where it is reached. */
  readonly target: PredictorTarget;
  /** Let pages of `origin` read the answers in browsers. */
  allowOrigin(origin: string): void;
  /** @internal The routes that it serves, where they are more than those of the protocol. */
  readonly _routes?: readonly ApiRoute[];
}
