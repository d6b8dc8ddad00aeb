import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

// Writes ONNX files field by field, so that tests also have those that no library would write.

export type Part = (writer: BinaryWriter) => void;

export function message(...parts: readonly Part[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const part of parts) part(writer);
  return writer.finish();
}

export const int =
  (number: number, value: number): Part =>
  (writer) =>
    writer.tag(number, WireType.Varint).int64(value);

export const text =
  (number: number, value: string): Part =>
  (writer) =>
    writer.tag(number, WireType.LengthDelimited).string(value);

export const bytes =
  (number: number, value: Uint8Array): Part =>
  (writer) =>
    writer.tag(number, WireType.LengthDelimited).bytes(value);

export const part = (number: number, ...parts: readonly Part[]): Part => bytes(number, message(...parts));

/** Numbers of `onnx.TensorProto.DataType`. */
export const ELEMENT = {
  FLOAT: 1,
  UINT8: 2,
  INT64: 7,
  STRING: 8,
  BOOL: 9,
  COMPLEX64: 14,
  BFLOAT16: 16,
  FLOAT8: 17,
  INT4: 22,
};

export const tensorType = (element: number, shape?: readonly (number | string)[]): Part =>
  part(1, int(1, element), ...(shape ? [part(2, ...shape.map(dimension))] : []));

const dimension = (size: number | string): Part => part(1, typeof size === 'number' ? int(1, size) : text(2, size));

/** `sequence(map(int64, float))`: what a ZipMap gives. */
export const mapsType = (): Part =>
  part(4, part(1, part(5, int(1, ELEMENT.INT64), part(2, tensorType(ELEMENT.FLOAT)))));

export const value = (name: string, ...type: readonly Part[]): Part[] => [text(1, name), part(2, ...type)];

export const node = (type: string, inputs: readonly string[], outputs: readonly string[], ...more: readonly Part[]) =>
  part(1, ...inputs.map((name) => text(1, name)), ...outputs.map((name) => text(2, name)), text(4, type), ...more);

export const input = (name: string, ...type: readonly Part[]): Part => part(11, ...value(name, ...type));
export const output = (name: string, ...type: readonly Part[]): Part => part(12, ...value(name, ...type));

/** A tensor of floats as an initializer. */
export const weights = (name: string, values: readonly number[], shape: readonly number[] = [values.length]): Part =>
  part(
    5,
    ...shape.map((size) => int(1, size)),
    int(2, 1),
    text(8, name),
    bytes(9, new Uint8Array(Float32Array.from(values).buffer)),
  );

export interface FileOptions {
  readonly irVersion?: number;
  readonly opset?: number;
  /** Other fields of the file. */
  readonly more?: readonly Part[];
}

export function onnx(graph: readonly Part[], { irVersion = 8, opset = 17, more = [] }: FileOptions = {}): Uint8Array {
  return message(int(1, irVersion), part(7, ...graph, text(2, 'graph')), part(8, text(1, ''), int(2, opset)), ...more);
}

/** `y = x` of two columns, of any type. */
export const identity = (element: number, options?: FileOptions): Uint8Array =>
  onnx(
    [
      node('Identity', ['x'], ['y']),
      input('x', tensorType(element, ['batch', 2])),
      output('y', tensorType(element, ['batch', 2])),
    ],
    options,
  );
