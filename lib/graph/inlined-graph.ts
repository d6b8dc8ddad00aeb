import type { CompiledGraph, GraphDefinition } from './compile/compile-graph';

/** A predictor's graph, for a graph that it is a step of. */
export interface InlinedGraph {
  readonly definition: GraphDefinition;
  readonly compiled: CompiledGraph;
}
