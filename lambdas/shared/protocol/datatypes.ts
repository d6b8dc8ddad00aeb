import type { Datatype } from '../contract';

export type NumericArray =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/** The values of a tensor, row-major. FP16 as its bit patterns, BOOL as 0 and 1, BYTES as text. */
export type TensorData = NumericArray | string[];

/** How values are written in JSON, and so which loop reads them. */
export type Kind = 'float' | 'integer' | 'bigint' | 'boolean' | 'text';

export interface DatatypeInfo {
  readonly kind: Kind;
  /** Bytes of one value; 0 where values differ in length. */
  readonly bytes: number;
  /** ONNX Runtime's name of the type. */
  readonly ort: string;
  /** Smallest and largest value that a JSON number may have. */
  readonly minimum: number;
  readonly maximum: number;
  readonly allocate: (length: number) => TensorData;
  /** Values that lie in memory already, at a multiple of `bytes`; they are not copied. */
  readonly view: (memory: ArrayBufferLike, offset: number, length: number) => NumericArray;
}

type ArrayType = {
  new (length: number): NumericArray;
  new (memory: ArrayBufferLike, offset: number, length: number): NumericArray;
};

function inMemory(Type: ArrayType): Pick<DatatypeInfo, 'allocate' | 'view'> {
  return {
    allocate: (length) => new Type(length),
    view: (memory, offset, length) => new Type(memory, offset, length),
  };
}

// Everything below the middle between the largest FP32 and the next power of two rounds to the largest FP32.
const FP32_LIMIT = 3.4028235677973362e38;
const FP16_LIMIT = 65519.999;

const integer = (bits: number, signed: boolean, ort: string, type: ArrayType): DatatypeInfo => ({
  kind: bits === 64 ? 'bigint' : 'integer',
  bytes: bits / 8,
  ort,
  minimum: signed ? -(2 ** (bits - 1)) : 0,
  maximum: signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1,
  ...inMemory(type),
});

const float = (bytes: number, limit: number, ort: string, type: ArrayType): DatatypeInfo => ({
  kind: 'float',
  bytes,
  ort,
  minimum: -limit,
  maximum: limit,
  ...inMemory(type),
});

/** One line per datatype of the Open Inference Protocol. */
export const DATATYPE_INFO: Readonly<Record<Datatype, DatatypeInfo>> = {
  BOOL: { kind: 'boolean', bytes: 1, ort: 'bool', minimum: 0, maximum: 1, ...inMemory(Uint8Array) },
  UINT8: integer(8, false, 'uint8', Uint8Array),
  UINT16: integer(16, false, 'uint16', Uint16Array),
  UINT32: integer(32, false, 'uint32', Uint32Array),
  UINT64: integer(64, false, 'uint64', BigUint64Array),
  INT8: integer(8, true, 'int8', Int8Array),
  INT16: integer(16, true, 'int16', Int16Array),
  INT32: integer(32, true, 'int32', Int32Array),
  INT64: integer(64, true, 'int64', BigInt64Array),
  FP16: float(2, FP16_LIMIT, 'float16', Uint16Array),
  FP32: float(4, FP32_LIMIT, 'float32', Float32Array),
  FP64: float(8, Number.MAX_VALUE, 'float64', Float64Array),
  BYTES: {
    kind: 'text',
    bytes: 0,
    ort: 'string',
    minimum: 0,
    maximum: 0,
    allocate: (length) => new Array<string>(length),
    view: () => {
      throw new Error('texts have no fixed length');
    },
  },
};

const DATATYPE_OF_ORT = new Map(Object.entries(DATATYPE_INFO).map(([name, info]) => [info.ort, name as Datatype]));

/** The datatype of one of ONNX Runtime's types, if the protocol has it. */
export function datatypeOfOrt(ort: string): Datatype | undefined {
  return DATATYPE_OF_ORT.get(ort);
}

export function isDatatype(value: unknown): value is Datatype {
  return typeof value === 'string' && Object.hasOwn(DATATYPE_INFO, value);
}
