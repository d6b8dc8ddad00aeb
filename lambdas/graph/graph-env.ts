import { ENV, GRAPH_ENV } from '../shared/contract';
import { type AnsweringEnv, type Environment, positiveInteger, readAnsweringEnv, text } from '../shared/env';

/** What the front of a graph is told. */
export interface GraphEnv extends AnsweringEnv {
  readonly stateMachine: string;
  /** Most bytes of a request that is no object. */
  readonly inlineBytes: number;
  readonly graphBucket: string;
}

export function readGraphEnv(env: Environment): GraphEnv {
  return {
    ...readAnsweringEnv(env),
    stateMachine: text(env, GRAPH_ENV.stateMachine),
    inlineBytes: positiveInteger(env, GRAPH_ENV.inlineBytes),
    graphBucket: text(env, ENV.graphBucket),
  };
}
