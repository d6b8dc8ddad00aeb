/** Tensors and bodies of the Open Inference Protocol (KServe V2). */

/** Datatype names of the Open Inference Protocol that ONNX Runtime for Node carries. */
export const DATATYPES = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'BYTES',
] as const;
export type Datatype = (typeof DATATYPES)[number];

/** The signature of one tensor. `-1` is a dimension that may vary; the first one is the batch. */
export interface TensorSpec {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
}

/** One input as the card describes it. */
export interface InputSpec extends TensorSpec {
  /** Column names, for tabular models. */
  readonly features?: readonly string[];
  /** What every value must lie between; another one is refused. */
  readonly minimum?: number;
  readonly maximum?: number;
  /**
   * Whether NaN and infinities are legal values: in JSON `"NaN"` or `null` (a missing value), `"Infinity"` and
   * `"-Infinity"`. Default: refused.
   */
  readonly allowNaN?: boolean;
}

/** One output as the card describes it. */
export interface OutputSpec extends TensorSpec {
  /**
   * Class names: index i of the last dimension (or integer value i) means `labels[i]`. In predictions by row an
   * integer output gets `<name>_name` beside it.
   */
  readonly labels?: readonly string[];
}

/** How pixels become the input tensor of an image model. */
export interface ImageSpec {
  /** Name of the input tensor the pixels go to. */
  readonly input: string;
  readonly width: number;
  readonly height: number;
  /** 1 (grey) or 3 (RGB). */
  readonly channels: number;
  /** Each 0..255 pixel value is multiplied by this. */
  readonly scale: number;
  readonly layout: 'NCHW' | 'NHWC';
}

/** A tensor on the wire: `data` as JSON (flat or nested), or `raw` as base64 of little-endian bytes. */
export interface WireTensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data?: readonly unknown[];
  readonly raw?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** Body of an inference request. */
export interface InferRequest {
  readonly id?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly inputs: readonly WireTensor[];
  readonly outputs?: readonly { readonly name: string; readonly parameters?: Readonly<Record<string, unknown>> }[];
}

/** Body of an inference response. */
export interface InferResponse {
  readonly model_name: string;
  readonly model_version: string;
  readonly id?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly outputs: readonly WireTensor[];
}
