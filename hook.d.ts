/**
 * Types of hooks: your code before the model (`preprocess`) and behind it (`postprocess`), for `POST /predict`.
 *
 *     import type { Preprocess } from 'cdk-ml-serving/hook';
 *
 * There is nothing here at run time. See docs/hooks.md.
 */

/** The values of a tensor by its datatype, row-major. BOOL is 0 and 1, FP16 its bit patterns. */
export interface TensorArrays {
  readonly BOOL: Uint8Array;
  readonly UINT8: Uint8Array;
  readonly UINT16: Uint16Array;
  readonly UINT32: Uint32Array;
  readonly UINT64: BigUint64Array;
  readonly INT8: Int8Array;
  readonly INT16: Int16Array;
  readonly INT32: Int32Array;
  readonly INT64: BigInt64Array;
  readonly FP16: Uint16Array;
  readonly FP32: Float32Array;
  readonly FP64: Float64Array;
  readonly BYTES: readonly string[];
}

export type Datatype = keyof TensorArrays;

/** A tensor of any datatype, or of those that are named: `Tensor<'FP32'>`. */
export type Tensor<Of extends Datatype = Datatype> = {
  readonly [D in Of]: { readonly datatype: D; readonly shape: readonly number[]; readonly data: TensorArrays[D] };
}[Of];

/** Tensors by name. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** A tensor as the model card describes it; -1 is a dimension that may vary, the first one is the batch. */
export interface TensorSpec {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
}

/** What the client sent. */
export interface HookRequest {
  /** Media type of the body, in lower case and without parameters. */
  readonly mediaType: string;
  /** The body as it came, in memory of its own: `new Float32Array(request.bytes().buffer)`. */
  bytes(): Uint8Array;
  /** The body as UTF-8 text. What is none is answered with 400 `MALFORMED_JSON`. */
  text(): string;
  /** The body as JSON. What is none is answered with 400 `MALFORMED_JSON`. */
  json(): unknown;
}

/** An image in memory: values 0 to 255, row by row, the channels of a pixel together. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Float32Array;
}

/** PNG and JPEG, for hooks that make more of an image than the `image` section of a model card does. */
export interface Images {
  /** Decodes a file to grey (1 channel) or RGB (3). What is no image is answered with 400 `INVALID_IMAGE`. */
  decode(file: Uint8Array, channels: 1 | 3): Promise<Pixels>;
  /** Resizes as Pillow's `BILINEAR` does. */
  resize(pixels: Pixels, width: number, height: number): Pixels;
}

/** What a hook has at hand. */
export interface HookContext {
  readonly requestId: string;
  /** The model that answers, as its card describes it. */
  readonly model: {
    readonly name: string;
    readonly version: string;
    readonly revision: string;
    readonly inputs: readonly (TensorSpec & { readonly features?: readonly string[] })[];
    readonly outputs: readonly (TensorSpec & { readonly labels?: readonly string[] })[];
  };
  /** What `preprocess` leaves here, `postprocess` of the same request finds. */
  readonly state: Record<string, unknown>;
  /** Aborted at the deadline, when the client has its 504. Hand it to whatever waits: `fetch(url, { signal })`. */
  readonly signal: AbortSignal;
  readonly images: Images;
  /**
   * An error to throw when the client is to blame: 400 `INVALID_REQUEST` with this message. Anything else that is
   * thrown is a 500, and its text stays in the log.
   *
   * @param field where in the request: `petal.width`
   */
  badInput(message: string, field?: string): Error;
  /** An error to throw when something that the hook needs is down: 503 `UNAVAILABLE` with this message. */
  unavailable(message: string): Error;
}

/** What the client sent -> the inputs of the model, all of them. Default export of the module. */
export type Preprocess = (request: HookRequest, context: HookContext) => Tensors | Promise<Tensors>;

/**
 * The outputs of the model -> the body of the answer, as it goes to the client in JSON. Typed arrays are written as
 * arrays. Default export of the module.
 */
export type Postprocess<Outputs extends Tensors = Tensors> = (outputs: Outputs, context: HookContext) => unknown;

/**
 * Tensors -> tensors, in a function of its own: preprocessing or retrieval of data before a model that runs elsewhere.
 * `context.model` is whoever the tensors go to. Default export of the module.
 */
export type Transform<Inputs extends Tensors = Tensors> = (
  inputs: Inputs,
  context: HookContext,
) => Tensors | Promise<Tensors>;
