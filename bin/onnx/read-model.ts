import * as proto from './onnx-proto';
import { decode } from './protobuf';

/** What the file of a model says of itself, as far as serving it needs to know. */
export interface OnnxModel {
  readonly irVersion: number;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly producer: string;
  /** 0 where nobody set one. */
  readonly modelVersion: number;
  readonly description: string;
  readonly metadata: readonly proto.Entry[];
  /** What a request must bring: an input with an initializer has a default and is none. */
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  /** Operators that the runtime must have, subgraphs and functions included. */
  readonly operators: readonly Operator[];
  /** Where tensors lie outside of the file, as it is written. */
  readonly externalData: readonly string[];
  /** Nodes that make a map of what a classifier answers. */
  readonly zipMaps: readonly proto.Node[];
}

export interface Operator {
  readonly domain: string;
  readonly type: string;
}

/** One input or output of the graph. */
export interface GraphValue {
  readonly name: string;
  /** `unknown` where the file leaves it to the runtime. */
  readonly kind: keyof proto.ValueType | 'unknown';
  /** Number of the element type (`onnx.TensorProto.DataType`); 0 where it is not known. */
  readonly elementType: number;
  /** A size, the name of an open dimension, or -1 for an open one without a name; undefined where nothing is declared. */
  readonly shape?: readonly (number | string)[];
  readonly description: string;
}

/**
 * The description of a model, from the bytes of its file.
 *
 * @throws what is wrong with the bytes
 */
export function readModel(bytes: Uint8Array): OnnxModel {
  const { graph, irVersion = 0, opsetImport, ...model } = decode(bytes, proto.MODEL);
  if (!graph || irVersion < 1) throw new Error('there is no graph in it');
  if (opsetImport.length === 0) throw new Error('it does not say which operators it is written in');
  const { graphs, nodes, attributes } = everythingIn(graph, model.functions);
  const tensors = [...graphs.flatMap(initializersOf), ...attributes.flatMap(tensorsOf)];
  const initializers = new Set(initializersOf(graph).map(({ name }) => name));
  return {
    irVersion,
    opsets: opsetImport.map(({ domain, version = 0 }) => ({ domain, version })),
    producer: [model.producerName, model.producerVersion].filter((part) => part !== '').join(' '),
    modelVersion: model.modelVersion ?? 0,
    description: model.docString || graph.docString,
    metadata: model.metadata,
    inputs: graph.input.map(graphValue).filter(({ name }) => !initializers.has(name)),
    outputs: graph.output.map(graphValue),
    operators: operatorsOf(nodes, model.functions),
    externalData: tensors.filter(isExternal).map(locationOf),
    zipMaps: nodes.filter(({ opType }) => opType === 'ZipMap'),
  };
}

interface Everything {
  readonly graphs: proto.Graph[];
  readonly nodes: proto.Node[];
  readonly attributes: proto.Attribute[];
}

/** A graph, the bodies of functions, and all graphs in attributes of their nodes. */
function everythingIn(graph: proto.Graph, functions: readonly proto.ModelFunction[]): Everything {
  const found: Everything = { graphs: [graph], nodes: [], attributes: [] };
  const addAttribute = (attribute: proto.Attribute) => {
    found.attributes.push(attribute);
    for (const inner of attribute.graph ? [attribute.graph, ...attribute.graphs] : attribute.graphs) {
      found.graphs.push(inner);
    }
  };
  const addNode = (node: proto.Node) => {
    found.nodes.push(node);
    node.attribute.forEach(addAttribute);
  };
  for (const { node, attributeProto } of functions) {
    node.forEach(addNode);
    attributeProto.forEach(addAttribute);
  }
  // Grows while it is walked, by the graphs that are found.
  for (const { node } of found.graphs) node.forEach(addNode);
  return found;
}

/** A function of the model's own needs no operator of the runtime. */
function operatorsOf(nodes: readonly proto.Node[], functions: readonly proto.ModelFunction[]): Operator[] {
  const key = (domain: string, type: string) => `${domain}\0${type}`;
  const operators = new Map(
    nodes.map(({ domain, opType }) => [key(domain, opType), { domain, type: opType }] as const),
  );
  for (const { domain, name } of functions) operators.delete(key(domain, name));
  return [...operators.values()];
}

function initializersOf({ initializer, sparseInitializer }: proto.Graph): readonly proto.Tensor[] {
  return [...initializer, ...sparseInitializer.flatMap(partsOf)];
}

function tensorsOf({ tensor, tensors, sparseTensor, sparseTensors }: proto.Attribute): readonly proto.Tensor[] {
  return [
    ...(tensor ? [tensor] : []),
    ...tensors,
    ...(sparseTensor ? partsOf(sparseTensor) : []),
    ...sparseTensors.flatMap(partsOf),
  ];
}

function partsOf({ values, indices }: proto.SparseTensor): proto.Tensor[] {
  return [values, indices].filter((tensor) => tensor !== undefined);
}

function isExternal({ dataLocation, externalData }: proto.Tensor): boolean {
  return dataLocation === 1 || externalData.length > 0;
}

function locationOf({ externalData }: proto.Tensor): string {
  return externalData.find(({ key }) => key === 'location')?.value ?? '';
}

function graphValue({ name, type = {}, docString }: proto.ValueInfo): GraphValue {
  const kinds = Object.keys(type) as (keyof proto.ValueType)[];
  const kind = kinds.find((each) => type[each] !== undefined) ?? 'unknown';
  return {
    name,
    kind,
    elementType: type.tensor?.elementType ?? 0,
    shape: type.tensor?.shape?.dim.map(({ value, parameter }) => value ?? (parameter === '' ? -1 : parameter)),
    description: docString,
  };
}
