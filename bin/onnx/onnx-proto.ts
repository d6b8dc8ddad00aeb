import { integer, type Message, many, one, text, texts } from './protobuf';

// What is read of onnx.proto3. Weights, and all that only optimisers and profilers look at, are left out.

export interface Model {
  readonly irVersion?: number;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly modelVersion?: number;
  readonly docString: string;
  readonly graph?: Graph;
  readonly opsetImport: readonly { readonly domain: string; readonly version?: number }[];
  readonly metadata: readonly Entry[];
  readonly functions: readonly ModelFunction[];
}

export interface Entry {
  readonly key: string;
  readonly value: string;
}

export interface Graph {
  readonly node: readonly Node[];
  readonly initializer: readonly Tensor[];
  readonly sparseInitializer: readonly SparseTensor[];
  readonly docString: string;
  readonly input: readonly ValueInfo[];
  readonly output: readonly ValueInfo[];
}

export interface Node {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly opType: string;
  readonly domain: string;
  readonly attribute: readonly Attribute[];
}

/** Tensors and graphs in an attribute, one or many. */
export interface Attribute {
  readonly tensor?: Tensor;
  readonly tensors: readonly Tensor[];
  readonly graph?: Graph;
  readonly graphs: readonly Graph[];
  readonly sparseTensor?: SparseTensor;
  readonly sparseTensors: readonly SparseTensor[];
}

export interface Tensor {
  readonly name: string;
  readonly externalData: readonly Entry[];
  /** 1: outside of the file. */
  readonly dataLocation?: number;
}

export interface SparseTensor {
  /** Its name is that of the whole. */
  readonly values?: Tensor;
  readonly indices?: Tensor;
}

export interface ValueInfo {
  readonly name: string;
  readonly type?: ValueType;
  readonly docString: string;
}

/** One of these is there. */
export interface ValueType {
  readonly tensor?: TensorType;
  readonly sequence?: object;
  readonly map?: object;
  readonly opaque?: object;
  readonly sparseTensor?: object;
  readonly optional?: object;
}

export interface TensorType {
  readonly elementType?: number;
  readonly shape?: { readonly dim: readonly { readonly value?: number; readonly parameter: string }[] };
}

export interface ModelFunction {
  readonly name: string;
  readonly domain: string;
  readonly node: readonly Node[];
  /** Attributes with defaults. */
  readonly attributeProto: readonly Attribute[];
}

const ENTRY: Message<Entry> = { key: text(1), value: text(2) };
const TENSOR: Message<Tensor> = { name: text(8), externalData: many(13, () => ENTRY), dataLocation: integer(14) };
const SPARSE_TENSOR: Message<SparseTensor> = { values: one(1, () => TENSOR), indices: one(2, () => TENSOR) };

const DIMENSION = { value: integer(1), parameter: text(2) };
const SHAPE = { dim: many(1, () => DIMENSION) };
const TENSOR_TYPE: Message<TensorType> = { elementType: integer(1), shape: one(2, () => SHAPE) };
const SEEN: Message<object> = {};
const VALUE_TYPE: Message<ValueType> = {
  tensor: one(1, () => TENSOR_TYPE),
  sequence: one(4, () => SEEN),
  map: one(5, () => SEEN),
  opaque: one(7, () => SEEN),
  sparseTensor: one(8, () => SEEN),
  optional: one(9, () => SEEN),
};
const VALUE_INFO: Message<ValueInfo> = { name: text(1), type: one(2, () => VALUE_TYPE), docString: text(3) };

const ATTRIBUTE: Message<Attribute> = {
  tensor: one(5, () => TENSOR),
  tensors: many(10, () => TENSOR),
  graph: one(6, () => GRAPH),
  graphs: many(11, () => GRAPH),
  sparseTensor: one(22, () => SPARSE_TENSOR),
  sparseTensors: many(23, () => SPARSE_TENSOR),
};
const NODE: Message<Node> = {
  input: texts(1),
  output: texts(2),
  opType: text(4),
  attribute: many(5, () => ATTRIBUTE),
  domain: text(7),
};
const GRAPH: Message<Graph> = {
  node: many(1, () => NODE),
  initializer: many(5, () => TENSOR),
  docString: text(10),
  input: many(11, () => VALUE_INFO),
  output: many(12, () => VALUE_INFO),
  sparseInitializer: many(15, () => SPARSE_TENSOR),
};
const FUNCTION: Message<ModelFunction> = {
  name: text(1),
  node: many(7, () => NODE),
  domain: text(10),
  attributeProto: many(11, () => ATTRIBUTE),
};
const OPSET = { domain: text(1), version: integer(2) };

export const MODEL: Message<Model> = {
  irVersion: integer(1),
  producerName: text(2),
  producerVersion: text(3),
  modelVersion: integer(5),
  docString: text(6),
  graph: one(7, () => GRAPH),
  opsetImport: many(8, () => OPSET),
  metadata: many(14, () => ENTRY),
  functions: many(25, () => FUNCTION),
};
