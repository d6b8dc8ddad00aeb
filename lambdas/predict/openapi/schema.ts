import type { InputSpec, OutputSpec, TensorSpec } from '../../shared/contract';
import { DATATYPE_INFO } from '../../shared/protocol/datatypes';

/** A JSON Schema (2020-12, which is what OpenAPI 3.1 uses). */
export type Schema = Readonly<Record<string, unknown>>;

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
export const object = (properties: Readonly<Record<string, unknown>>, required = Object.keys(properties)): Schema => ({
  type: 'object',
  properties,
  ...(required.length > 0 && { required }),
});
const arrayOf = (items: Schema, length?: number): Schema => ({
  type: 'array',
  items,
  ...(length !== undefined && length !== -1 && { minItems: length, maxItems: length }),
});

/** Floats that JSON does not have, as they are written. */
const NON_FINITE = ['NaN', 'Infinity', '-Infinity'];

/** One value of an input. */
export function inputValue(spec: InputSpec): Schema {
  const { kind } = DATATYPE_INFO[spec.datatype];
  if (kind === 'boolean') return { type: 'boolean' };
  if (kind === 'text') return { type: 'string' };
  const limits = { minimum: spec.minimum, maximum: spec.maximum };
  if (kind === 'bigint') {
    return {
      anyOf: [
        { type: 'integer', ...limits },
        { type: 'string', pattern: '^-?\\d{1,20}$' },
      ],
    };
  }
  if (kind === 'integer') {
    const { minimum, maximum } = DATATYPE_INFO[spec.datatype];
    return { type: 'integer', minimum: spec.minimum ?? minimum, maximum: spec.maximum ?? maximum };
  }
  const number = { type: 'number', ...limits };
  return spec.allowNaN ? { anyOf: [number, { enum: [...NON_FINITE, null] }] } : number;
}

/** One value of an output. */
export function outputValue({ datatype }: OutputSpec): Schema {
  const { kind } = DATATYPE_INFO[datatype];
  if (kind === 'boolean') return { type: 'boolean' };
  if (kind === 'text') return { type: 'string' };
  return kind === 'float' ? { anyOf: [{ type: 'number' }, { enum: NON_FINITE }] } : { type: 'integer' };
}

/** Values nested as deep as the shape. */
export function nested(shape: readonly number[], value: Schema): Schema {
  return shape.reduceRight<Schema>((inner, length) => arrayOf(inner, length), value);
}

/** A tensor on the wire: its values in JSON, or the number of its bytes behind the JSON. */
export function tensor(spec: TensorSpec, value: Schema, options: { readonly nesting: boolean }): Schema {
  const { datatype, name, shape } = spec;
  const sizes = shape.map((size) => (size === -1 ? { type: 'integer', minimum: 1 } : { const: size }));
  const flat = arrayOf(value);
  const data = options.nesting && shape.length > 1 ? { anyOf: [flat, nested(shape, value)] } : flat;
  return {
    ...object(
      {
        name: { const: name },
        datatype: { const: datatype },
        shape: {
          type: 'array',
          ...(sizes.length > 0 && { prefixItems: sizes }),
          minItems: sizes.length,
          maxItems: sizes.length,
        },
        // JSON has no half-precision values.
        ...(datatype !== 'FP16' && { data }),
        parameters: {
          type: 'object',
          properties: { binary_data_size: { type: 'integer', minimum: 0 } },
        },
      },
      ['name', 'datatype', 'shape'],
    ),
  };
}
