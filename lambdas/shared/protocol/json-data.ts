import type { InputSpec } from '../contract';
import { quote, ServingError } from '../errors';
import { DATATYPE_INFO, type TensorData } from './datatypes';
import { type Limits, limitsOf, type ReadValues, readerOf } from './json-values';
import { elementCount } from './tensor';

/** Where in the request a value stands, as a path for the error. */
export type FieldOf = (indices: readonly number[]) => string;

/** The values of one tensor: an array of all of them, or arrays nested as deep as the shape. */
export function decodeJsonData(data: unknown, spec: InputSpec, shape: readonly number[], fieldOf: FieldOf): TensorData {
  if (!Array.isArray(data)) {
    throw new ServingError('INVALID_SHAPE', `expected an array of values, got ${quote(data)}`, { field: fieldOf([]) });
  }
  const count = elementCount(shape);
  const nested = shape.length > 1 && Array.isArray(data[0]);
  // Lengths are checked before memory is allocated: a shape alone must not be able to ask for gigabytes.
  if (nested) checkNesting(data, shape, 0, [], fieldOf);
  else if (data.length !== count) {
    const message = `shape [${shape.join(', ')}] has ${count} values, got ${data.length}`;
    throw new ServingError('INVALID_SHAPE', message, { field: fieldOf([]) });
  }
  const target = DATATYPE_INFO[spec.datatype].allocate(count);
  const fill: Fill = { target, read: readerOf(spec), limits: limitsOf(spec), spec, fieldOf };
  if (nested) fillNested(data, shape.length - 1, 0, [], fill);
  else fillRow(data, 0, [], fill);
  return target;
}

interface Fill {
  readonly target: TensorData;
  readonly read: ReadValues;
  readonly limits: Limits;
  readonly spec: InputSpec;
  readonly fieldOf: FieldOf;
}

function checkNesting(
  node: readonly unknown[],
  shape: readonly number[],
  depth: number,
  at: number[],
  fieldOf: FieldOf,
): void {
  if (node.length !== shape[depth]) {
    const message = `expected ${shape[depth]} values in this dimension, got ${node.length}`;
    throw new ServingError('INVALID_SHAPE', message, { field: fieldOf(at) });
  }
  if (depth === shape.length - 1) return;
  for (let i = 0; i < node.length; i++) {
    const child = node[i];
    at.push(i);
    if (!Array.isArray(child)) {
      const message = `expected an array of ${shape[depth + 1]} values, got ${quote(child)}`;
      throw new ServingError('INVALID_SHAPE', message, { field: fieldOf(at) });
    }
    checkNesting(child, shape, depth + 1, at, fieldOf);
    at.pop();
  }
}

/** Fills the target from a node `levels` above the rows of values; returns the offset behind what it filled. */
function fillNested(node: readonly unknown[], levels: number, offset: number, at: number[], fill: Fill): number {
  if (levels === 0) return fillRow(node, offset, at, fill);
  let end = offset;
  for (let i = 0; i < node.length; i++) {
    at.push(i);
    end = fillNested(node[i] as unknown[], levels - 1, end, at, fill);
    at.pop();
  }
  return end;
}

function fillRow(row: readonly unknown[], offset: number, at: readonly number[], fill: Fill): number {
  const wrong = fill.read(row, fill.target, offset, fill.limits);
  if (wrong === -1) return offset + row.length;
  const field = fill.fieldOf([...at, wrong]);
  throw new ServingError('INVALID_VALUE', explain(row[wrong], fill.spec, fill.limits), { field });
}

function explain(value: unknown, spec: InputSpec, { minimum, maximum }: Limits): string {
  const { kind } = DATATYPE_INFO[spec.datatype];
  const got = `got ${quote(value)}`;
  if (kind === 'boolean') return `expected true or false, ${got}`;
  if (kind === 'text') return `expected a string without NUL and half surrogate pairs, ${got}`;
  const range = `between ${minimum} and ${maximum}`;
  if (kind === 'float') {
    const missing = value === null || value === 'NaN';
    return missing
      ? `null (NaN) is not allowed in "${spec.name}"`
      : `expected a number ${range} (${spec.datatype}), ${got}`;
  }
  if (kind === 'integer') return `expected a whole number ${range} (${spec.datatype}), ${got}`;
  return `expected a whole number (${spec.datatype}; beyond 2^53 in full digits or as a string), ${got}`;
}
