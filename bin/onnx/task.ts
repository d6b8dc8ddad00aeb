import type { Golden, InputSpec, OutputSpec } from '../../lambdas/shared/contract';

/** An input as the graph declares it: open dimensions of one name have one size. */
export interface DeclaredInput {
  readonly name: string;
  /** Undefined where the graph declares none. */
  readonly shape?: readonly (number | string)[];
}

/** Run a model on made-up inputs, or on given ones, and record what it answers. */
export interface RecordTask {
  readonly kind: 'record';
  readonly model: string;
  readonly inputs: readonly DeclaredInput[];
  /** JSON of the inputs to record: a request body, or a list of them. Made-up ones without. */
  readonly requests?: string;
}

export interface Recording {
  readonly inputs: readonly InputSpec[];
  readonly outputs: readonly OutputSpec[];
  readonly golden: Golden;
  /** What whoever serves the model should know. */
  readonly notes: readonly string[];
  readonly onnxRuntime: string;
}

/** A model and what its folder says of it. */
export interface CardTask {
  readonly model: string;
  readonly inputs: readonly InputSpec[];
  readonly outputs: readonly OutputSpec[];
  readonly golden: Golden;
}

/** Do with a model what a function does before it serves it. */
export interface CheckTask extends CardTask {
  readonly kind: 'check';
}

export interface Checked {
  /** Golden cases that it answered as it must. */
  readonly cases: number;
}

/** Measure a model on the inputs of its golden cases. */
export interface MeasureTask extends CardTask {
  readonly kind: 'measure';
}

/** Times in milliseconds. */
export interface Measured {
  readonly onnxRuntime: string;
  readonly sessionCreateMs: number;
  readonly batches: readonly BatchTimes[];
  readonly bestBatch: number;
  /** Rows a second in the best batch, against one row a run. */
  readonly stackingGain: number;
  readonly peakMemoryBytes: number;
  readonly notes: readonly string[];
}

export interface BatchTimes {
  readonly rows: number;
  readonly runs: number;
  readonly perRowMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly rowsPerSecond: number;
}

/** Optimise a model for the CPU of this machine, and run the golden cases on what comes of it. */
export interface OptimizeTask extends CardTask {
  readonly kind: 'optimize';
  /** An empty folder, for the files of `Optimized`. */
  readonly folder: string;
}

export interface Optimized {
  readonly onnxRuntime: string;
  /** Golden cases that it answered as it must. */
  readonly cases: number;
  /** What ONNX Runtime wrote. */
  readonly artefact: string;
  /** Graphs of both models, beside their weights, as functions find them. */
  readonly shipped: { readonly portable: string; readonly optimized: string };
}

/** Load a model as a function does: a process does it once, because a second time finds memory in place. */
export interface LoadTask extends Omit<CardTask, 'golden'> {
  readonly kind: 'load';
  /** Folder of the golden cases that it has to pass; one without is as portable as it came. */
  readonly goldenFolder?: string;
}

/** Milliseconds from a model's file to its first answer. */
export interface LoadTimes {
  readonly sessionCreate: number;
  /** Reading and running all golden cases, which an optimised model has to pass before it answers. */
  readonly check: number;
  readonly firstAnswer: number;
}

/** Which answer belongs to which task. */
export interface Results {
  readonly record: Recording;
  readonly check: Checked;
  readonly measure: Measured;
  readonly optimize: Optimized;
  readonly load: LoadTimes;
}

export type Task = RecordTask | CheckTask | MeasureTask | OptimizeTask | LoadTask;

/** What the process of a model says. */
export type Report =
  | { readonly progress: string }
  | { readonly result: Results[Task['kind']] }
  /** `reason` is ours, and meant for people; `fault` is what ONNX Runtime or a slip of ours threw. */
  | { readonly reason: string; readonly wayOut?: string }
  | { readonly fault: string };

/** A model that does not do what serving needs, in words for people. */
export class ModelRefused extends Error {
  constructor(
    message: string,
    readonly wayOut?: string,
  ) {
    super(message);
  }
}
