import type { InputSpec, ModelIdentity, ModelManifest, OutputSpec } from '../contract';
import { quote, ServingError } from '../errors';
import { DATATYPE_INFO } from './datatypes';
import { checkJsonOutputs, refuseHalfInJson, refuseReserved } from './infer';
import { decodeJsonData, type FieldOf } from './json-data';
import { valuesText } from './json-output';
import { asObject, type JsonBody } from './json-text';
import { batchRows, checkShape, elementCount, type Inference, shapeText, type Tensor } from './tensor';

/**
 * `{"instances": [row, …]}`. For a model with one input a row is that tensor's row, also under the tensor's name; for
 * several it is an object by tensor name.
 */
export function decodeRows(body: JsonBody, manifest: ModelManifest): Inference {
  const instances = instancesOf(body.value);
  const exact = body.exact === body.value ? instances : instancesOf(body.exact);
  const single = manifest.inputs.length === 1;
  if (!single) checkNames(instances, manifest.inputs);
  const inputs = manifest.inputs.map((spec) => {
    const rows = spec.datatype.endsWith('INT64') ? exact : instances;
    if (single) return decodeColumn(plainRows(rows, spec), spec, (at) => `instances${path(at)}`);
    const column = rows.map((row) => (row as Record<string, unknown>)[spec.name]);
    return decodeColumn(column, spec, ([row, ...at]) => `instances${path([row ?? 0])}.${spec.name}${path(at)}`);
  });
  const outputs = manifest.outputs.map(({ name }) => name);
  checkJsonOutputs(manifest, outputs);
  return { inputs, outputs, rows: batchRows(inputs, manifest.inputs, () => 'instances') };
}

function path(indices: readonly number[]): string {
  return indices.map((index) => `[${index}]`).join('');
}

function instancesOf(body: unknown): unknown[] {
  const request = asObject(body, 'the body', undefined);
  refuseReserved(request);
  const { instances } = request;
  if (Array.isArray(instances) && instances.length > 0) return instances;
  if (instances === undefined && request.inputs !== undefined) {
    const message = '"inputs" go to POST /v2/models/{model}/infer; this takes {"instances": [row, …]}';
    throw new ServingError('INVALID_REQUEST', message, { field: 'instances' });
  }
  const got = Array.isArray(instances) ? 'none' : quote(instances);
  throw new ServingError('INVALID_REQUEST', `instances must be an array of at least one row, got ${got}`, {
    field: 'instances',
  });
}

function checkNames(instances: readonly unknown[], specs: readonly InputSpec[]): void {
  for (let i = 0; i < instances.length; i++) {
    const field = `instances[${i}]`;
    const row = asObject(instances[i], field, field);
    for (const { name } of specs) {
      if (Object.hasOwn(row, name)) continue;
      throw new ServingError('MISSING_TENSOR', `input tensor "${name}" is missing`, { field });
    }
    const names = Object.keys(row);
    if (names.length === specs.length) continue;
    const unknown = names.find((name) => !specs.some((spec) => spec.name === name));
    const known = specs.map((spec) => `"${spec.name}"`).join(', ');
    const message = `unknown tensor ${quote(unknown)}; the model has ${known}`;
    throw new ServingError('UNKNOWN_TENSOR', message, { field });
  }
}

/** The rows of a model's only input; a row may come as an object of just that tensor. */
function plainRows(rows: readonly unknown[], { name, shape }: InputSpec): readonly unknown[] {
  const isObject = (row: unknown) => typeof row === 'object' && row !== null && !Array.isArray(row);
  if (!rows.some(isObject)) return rows;
  return rows.map((row, i) => {
    if (!isObject(row)) return row;
    if (Object.hasOwn(row as object, name) && Object.keys(row as object).length === 1) {
      return (row as Record<string, unknown>)[name];
    }
    const message = `a row is a plain ${rowText(shape)}, not an object by feature`;
    throw new ServingError('INVALID_REQUEST', message, { field: `instances[${i}]` });
  });
}

function rowText([, ...row]: readonly number[]): string {
  if (row.length === 0) return 'value';
  if (row.length > 1) return `list of the shape ${shapeText(row)}`;
  return row[0] === -1 ? 'list of values' : `list of ${row[0]} value${row[0] === 1 ? '' : 's'}`;
}

function decodeColumn(rows: readonly unknown[], spec: InputSpec, fieldOf: FieldOf): Tensor {
  if (spec.datatype === 'FP16') refuseHalfInJson('instances');
  const { name, datatype } = spec;
  // A tensor without dimensions is the one row itself.
  if (spec.shape.length === 0 && rows.length === 1) {
    return { name, datatype, shape: [], data: decodeJsonData(rows, spec, [], fieldOf) };
  }
  if (spec.shape.length > 1 && !Array.isArray(rows[0])) {
    const message = `each row of "${name}" must be a ${rowText(spec.shape)}: "instances": [[…], […]]; got ${quote(rows[0])}`;
    throw new ServingError('INVALID_SHAPE', message, { field: fieldOf([]) });
  }
  const shape = checkShape([rows.length, ...rowShape(rows[0], spec)], spec, 'instances');
  return { name, datatype, shape, data: decodeJsonData(rows, spec, shape, fieldOf) };
}

/** The shape of one row: the card's, where it varies as the first row has it. */
function rowShape(first: unknown, spec: InputSpec): number[] {
  let node = first;
  return spec.shape.slice(1).map((size) => {
    const length = Array.isArray(node) ? node.length : 1;
    node = Array.isArray(node) ? node[0] : undefined;
    return size === -1 ? length : size;
  });
}

/**
 * `{"predictions": [row, …]}`, a row being an object by output name. An integer output whose card has labels gets
 * `<name>_name` beside it: the label of each of its values. Outputs that do not vary with the batch are left out
 * when there are several rows: they are not any row's.
 */
export function rowsText(
  model: ModelIdentity,
  specs: readonly OutputSpec[],
  rows: number,
  outputs: readonly Tensor[],
): string {
  const predictions = predictionMembers(specs, rows, outputs);
  const identity = `"model_name":${JSON.stringify(model.name)},"model_version":${JSON.stringify(model.version)}`;
  return `{${identity},"predictions":[${predictions.map((row) => `{${row.join(',')}}`).join(',')}]}`;
}

/** The members of each row's prediction: `"label":0`. */
export function predictionMembers(specs: readonly OutputSpec[], rows: number, outputs: readonly Tensor[]): string[][] {
  const predictions: string[][] = Array.from({ length: rows }, () => []);
  for (const tensor of outputs) {
    const spec = specs.find((candidate) => candidate.name === tensor.name);
    if (spec) addOutput(predictions, tensor, spec);
  }
  return predictions;
}

function addOutput(predictions: string[][], tensor: Tensor, spec: OutputSpec): void {
  const rows = predictions.length;
  const perRow = tensor.shape.length > 0 && tensor.shape[0] === rows;
  if (!perRow && spec.shape[0] === -1) {
    const cause = `output "${tensor.name}" has shape [${tensor.shape}] for ${rows} rows`;
    throw new ServingError('INTERNAL', 'The model did not answer every row.', { cause });
  }
  if (!perRow && rows > 1) return;
  const shape = perRow ? tensor.shape.slice(1) : tensor.shape;
  const size = elementCount(shape);
  const key = JSON.stringify(tensor.name);
  const labels = spec.labels && LABELLED.has(DATATYPE_INFO[tensor.datatype].kind) ? spec.labels : undefined;
  for (let row = 0; row < rows; row++) {
    predictions[row]?.push(`${key}:${nestedText(tensor, shape, row * size)}`);
    if (!labels) continue;
    const names = namesOf(tensor, row * size, size, labels);
    predictions[row]?.push(
      `${JSON.stringify(`${tensor.name}_name`)}:${JSON.stringify(shape.length === 0 ? names[0] : names)}`,
    );
  }
}

function namesOf(tensor: Tensor, start: number, length: number, labels: readonly string[]): (string | null)[] {
  return Array.from({ length }, (_, i) => labels[Number(tensor.data[start + i])] ?? null);
}

const LABELLED = new Set(['integer', 'bigint']);

function nestedText(tensor: Tensor, shape: readonly number[], start: number): string {
  const [length, ...inner] = shape;
  if (length === undefined) return valuesText(tensor, start, start + 1);
  if (inner.length === 0) return `[${valuesText(tensor, start, start + length)}]`;
  const size = elementCount(inner);
  const parts = Array.from({ length }, (_, i) => nestedText(tensor, inner, start + i * size));
  return `[${parts.join(',')}]`;
}
