import type { DataSettings, InputSpec } from '../contract';
import { quote, ServingError } from '../errors';
import { DATATYPE_INFO } from '../protocol/datatypes';
import { decodeJsonData } from '../protocol/json-data';
import { elementCount, type Tensor } from '../protocol/tensor';
import type { DataRecord } from './record';

/** The user's code that makes a record of what the store holds. */
export type PrepareRecord = (record: DataRecord) => DataRecord | Promise<DataRecord>;

/** One row of each input of the model, made of the data of an id. What is wrong with them is no fault of the client's. */
export async function rowOf(
  id: string,
  record: DataRecord,
  { columns, inputs }: Pick<DataSettings, 'columns' | 'inputs'>,
  prepare?: PrepareRecord,
): Promise<Tensor[]> {
  try {
    const prepared = prepare ? await prepare(record) : record;
    return inputs.map((spec) => inputOf(prepared, spec, columns[spec.name] ?? [spec.name]));
  } catch (cause) {
    // The user's code was not done in time.
    throw cause instanceof ServingError ? cause : notTaken(id, cause);
  }
}

export function notTaken(id: string, cause: unknown): ServingError {
  const message = `The data of id ${quote(id)} are not what the model takes.`;
  return new ServingError('BAD_GATEWAY', message, { stage: 'data', cause });
}

/** Several attributes are the values of a row in their order; a single one may be a list of them. */
function inputOf(record: DataRecord, spec: InputSpec, columns: readonly string[]): Tensor {
  const missing = columns.find((column) => record[column] === undefined);
  if (missing !== undefined) throw new Error(`there is no attribute ${missing}`);
  const values = columns.map((column) => record[column]);
  const flat: unknown[] = values.length === 1 && Array.isArray(values[0]) ? values[0].flat(8) : values;
  const shape = [1, ...spec.shape.slice(1).map((size) => (size === -1 ? flat.length : size))];
  const data = decodeJsonData(flat, spec, shape, () => columns.join(', '));
  return { name: spec.name, datatype: spec.datatype, shape, data };
}

/** Rows of several ids as the tensors of one request. */
export function stackRows(rows: readonly (readonly Tensor[])[], inputs: readonly InputSpec[]): Tensor[] {
  return inputs.map((spec, at) => {
    const parts = rows.map((row) => row[at] as Tensor);
    const rest = parts[0]?.shape.slice(1) ?? [];
    if (parts.some(({ shape }) => `${shape.slice(1)}` !== `${rest}`)) {
      const message = `The data of these ids have different shapes for input "${spec.name}": ask for them one by one.`;
      throw new ServingError('INVALID_SHAPE', message, { field: 'inputs[0]' });
    }
    const size = elementCount(rest);
    const data = DATATYPE_INFO[spec.datatype].allocate(parts.length * size);
    for (const [i, part] of parts.entries()) {
      if (Array.isArray(data)) for (let j = 0; j < size; j++) data[i * size + j] = part.data[j] as string;
      else data.set(part.data as never, i * size);
    }
    return { name: spec.name, datatype: spec.datatype, shape: [parts.length, ...rest], data };
  });
}
