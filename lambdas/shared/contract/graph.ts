/** What goes between the front of a graph of models, its state machine, and the predictors that are its steps. */

import type { ErrorBody, ModelIdentity, PredictorAnswer, StageReport } from './predictor';
import type { InferRequest } from './tensors';

/** A body as an object in the payload store, the claim check for it. The bucket is the reader's own. */
export interface PayloadReference {
  readonly key: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Objects of graphs lie under this; roles are allowed no others. */
export const GRAPH_PREFIX = 'graphs/';

/** Where a tensor comes from: written at synth, followed by whoever reads the tensor. */
export type TensorSource =
  | { readonly request: string }
  | { readonly step: string; readonly tensor: string }
  /** The first of several that there is. */
  | { readonly first: readonly TensorSource[] }
  | { readonly aggregate: string; readonly tensor: string };

export const AGGREGATIONS = ['mean', 'weighted', 'vote', 'max', 'select'] as const;
export type AggregationKind = (typeof AGGREGATIONS)[number];

/** Answers of several models as one. */
export interface Aggregate {
  readonly kind: AggregationKind;
  /** The tensor that is averaged, voted on, or compared. */
  readonly of?: string;
  /** Of mean and weighted: the output that has the index of the largest average in it. */
  readonly classes?: string;
  /** In the order in which they are preferred. */
  readonly members: readonly AggregateMember[];
}

export interface AggregateMember {
  readonly name: string;
  readonly weight: number;
  readonly tensors: Readonly<Record<string, TensorSource>>;
}

/** What aggregates add to the tensors of the models. */
export const AGGREGATE_OUTPUTS = {
  /** Of vote: how many models said so. */
  votes: 'votes',
  /** Of max and select: the name of the model whose answer it is. */
  chosen: 'chosen',
} as const;

/** The tensors of a request, and what is known of the steps that they come from. */
export interface TensorSources {
  readonly aggregates?: Readonly<Record<string, Aggregate>>;
  readonly body?: RequestBody | null;
  readonly steps: Readonly<Record<string, StepAnswer | null>>;
}

/** A request that its reader puts together from earlier answers, so that the state machine carries no tensor twice. */
export interface Assembly extends TensorSources {
  readonly inputs: Readonly<Record<string, TensorSource>>;
}

export interface RequestBody {
  readonly request?: InferRequest;
  readonly requestRef?: PayloadReference;
}

/** How a step of a graph answers. */
export interface ReplyOptions {
  /** Key of the object that a larger answer becomes. */
  readonly key: string;
  /** Most bytes of an answer that is no object. */
  readonly inlineBytes: number;
  /** Outputs that a condition looks at: they are told as one value each. */
  readonly values?: readonly string[];
}

/** An answer as the state machine keeps it. Times are epoch milliseconds. */
export type StepAnswer = (PredictorAnswer | CaughtFailure) & { readonly startMs: number; readonly endMs: number };

/** A step that ended without an answer. */
export interface CaughtFailure {
  readonly status: 0;
  readonly caught: { readonly error: string; readonly cause: string };
}

/** What the front hands to its state machine. */
export interface GraphInput {
  /** Goes to every step as it is. */
  readonly asking: {
    readonly requestId: string;
    readonly traceparent: string;
    readonly principal: string | null;
    readonly cacheControl: string | null;
  };
  /** Moment after which no step has time left. */
  readonly deadlineMs: number;
  readonly body: RequestBody;
  /** Where the objects of this execution lie. */
  readonly prefix: string;
}

/** What a state machine that came to its end puts out. */
export interface GraphOutput extends TensorSources {
  readonly outputs: Readonly<Record<string, TensorSource>>;
  /** Steps that the answer may be without, where they failed. */
  readonly soft: readonly string[];
  /** Names what the state machine did: it is another one as soon as it is deployed, its front with the next alias. */
  readonly machine?: string;
}

/** The cause of an execution that failed at a step; the name of its error is `GRAPH_ERROR`. */
export interface GraphFailure {
  readonly stage: string;
  /** What the step said, where a step failed. */
  readonly answer?: StepAnswer;
  /** What the graph says, where it is not a step's failure. */
  readonly error?: ErrorBody;
}
export const GRAPH_ERROR = 'StageFailed';

/** What the client is told of a step, in the parameters of the answer. */
export interface StageSummary extends StageReport {
  readonly model?: Pick<ModelIdentity, 'name' | 'version'>;
  readonly error?: { readonly code: string; readonly message: string };
}

/** Names of the environment variables of a graph's front, beside `ENV`. */
export const GRAPH_ENV = {
  stateMachine: 'SERVING_GRAPH_STATE_MACHINE',
  /** Most bytes of a request that is no object. */
  inlineBytes: 'SERVING_GRAPH_INLINE_BYTES',
} as const;

/** Metrics of a graph's steps: their dimensions are those of every metric and the stage. */
export const STAGE_METRICS = {
  /** From the moment the step was asked to that of its answer. */
  latency: { name: 'StageLatency', unit: 'Milliseconds' },
  /** Bytes of the tensors that went in and came out. */
  bytes: { name: 'StageBytes', unit: 'Bytes' },
  /** Steps that failed, whether the graph answered without them or not. */
  errors: { name: 'StageErrors', unit: 'Count' },
} as const;
export const STAGE_DIMENSION = 'stage';

/** Metrics of a graph's answers. */
export const GRAPH_METRICS = {
  /** Answers that are without a step that failed. */
  partial: { name: 'PartialAnswers', unit: 'Count' },
} as const;
