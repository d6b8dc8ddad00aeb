/** The predictor contract: what one function says to another. */

import type { ErrorCode } from './errors';
import type { Assembly, PayloadReference, ReplyOptions } from './graph';
import type { InferRequest, InferResponse } from './tensors';
import type { CONTRACT_VERSION } from './version';

/**
 * A request to a predictor, by direct invoke or from a workflow. Only fronts set `principal`, `requestRef` and what
 * follows it.
 */
export interface PredictorRequest {
  readonly v: typeof CONTRACT_VERSION;
  readonly requestId: string;
  readonly traceparent?: string;
  /** Moment (epoch milliseconds) after which nobody waits for the answer. */
  readonly deadlineMs: number;
  /** Who asked, as the first front of the way checked it. */
  readonly principal?: string;
  /** What the client says of caches (`Cache-Control`). A cache obeys it where it is allowed to. */
  readonly cacheControl?: string;
  /** What the caller expects; another name or version is refused. */
  readonly model?: { readonly name?: string; readonly version?: string };
  readonly request?: InferRequest;
  /** Claim check: the request's body as an object in the payload store (the bucket is the callee's own). */
  readonly requestRef?: PayloadReference;
  /** Instead of a body: what to put it together from. Only the state machine of a graph sets it. */
  readonly assembly?: Assembly;
  /** How to answer, where that is a state machine's to say. */
  readonly reply?: ReplyOptions;
  /** Version of the pair that the caller's preprocessing and the model must both be of. */
  readonly pair?: string;
}

export interface ModelIdentity {
  readonly name: string;
  readonly version: string;
  /** Changes whenever any answer could. */
  readonly revision: string;
}

/** What one step of an answer did. Times are epoch milliseconds. */
export interface StageReport {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Bytes of the tensors that went in and came out. */
  readonly bytes: number;
  readonly status: number;
}

export interface ErrorBody {
  readonly code: ErrorCode;
  readonly message: string;
  /** The field of the request that is wrong, as a path: `inputs[0].shape`. */
  readonly field?: string;
  /** The step of a composed predictor that failed. */
  readonly stage?: string;
  readonly retryAfterMs?: number;
}

export interface PredictorSuccess {
  readonly v: typeof CONTRACT_VERSION;
  readonly status: 200;
  readonly model: ModelIdentity;
  /**
   * Revision of whoever was asked, where that is no model: its own if those it asked answered with the revisions that it
   * was made with, otherwise one that stands for nothing else. Not told where a pointer names a model behind it.
   */
  readonly revision?: string;
  /** The answer; without outputs where they are in the object of `responseRef`. */
  readonly response: InferResponse;
  readonly responseRef?: PayloadReference;
  /** One value of each output that a condition looks at: the largest, or the first text. */
  readonly values?: Readonly<Record<string, number | string>>;
  /** Version of the pair that what made these tensors belongs to: the model that reads them must be of it too. */
  readonly pair?: string;
  readonly stages: readonly StageReport[];
  /** What happened on the way that the client is told, by the header that tells it. Who asked hands it on. */
  readonly marks?: Readonly<Record<string, string>>;
}

/** A failure that must not be retried is returned; one that may be is thrown. */
export interface PredictorFailure {
  readonly v: typeof CONTRACT_VERSION;
  readonly status: number;
  readonly model?: ModelIdentity;
  readonly error: ErrorBody;
}

export type PredictorAnswer = PredictorSuccess | PredictorFailure;
