import type { Datatype } from '../../lambdas/shared/contract';

/** `onnx.TensorProto.DataType` by number. */
const NAMES = [
  'UNDEFINED',
  'FLOAT',
  'UINT8',
  'INT8',
  'UINT16',
  'INT16',
  'INT32',
  'INT64',
  'STRING',
  'BOOL',
  'FLOAT16',
  'DOUBLE',
  'UINT32',
  'UINT64',
  'COMPLEX64',
  'COMPLEX128',
  'BFLOAT16',
  'FLOAT8E4M3FN',
  'FLOAT8E4M3FNUZ',
  'FLOAT8E5M2',
  'FLOAT8E5M2FNUZ',
  'UINT4',
  'INT4',
  'FLOAT4E2M1',
  'FLOAT8E8M0',
  'UINT2',
  'INT2',
] as const;

const DATATYPES: Partial<Record<(typeof NAMES)[number], Datatype>> = {
  FLOAT: 'FP32',
  UINT8: 'UINT8',
  INT8: 'INT8',
  UINT16: 'UINT16',
  INT16: 'INT16',
  INT32: 'INT32',
  INT64: 'INT64',
  STRING: 'BYTES',
  BOOL: 'BOOL',
  FLOAT16: 'FP16',
  DOUBLE: 'FP64',
  UINT32: 'UINT32',
  UINT64: 'UINT64',
};

export function elementTypeName(elementType: number): string {
  return NAMES[elementType] ?? `element type ${elementType}`;
}

/** The protocol's name, for those that requests and answers can carry. */
export function datatypeOf(elementType: number): Datatype | undefined {
  const name = NAMES[elementType];
  return name && DATATYPES[name];
}
