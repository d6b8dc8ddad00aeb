import type { InferResponse, InputSpec, ModelIdentity, ModelManifest, OutputSpec } from '../contract';
import { quote, ServingError } from '../errors';
import { isDatatype } from './datatypes';
import { decodeJsonData } from './json-data';
import { tensorObject, tensorText } from './json-output';
import type { JsonBody } from './json-text';
import { decodeRaw } from './raw';
import { batchRows, checkShape, type Inference, type Tensor } from './tensor';

/** Fields that only a front may set, and never inside the protocol's body. */
const RESERVED = ['principal', 'requestRef'];

/** An Open Inference Protocol request, checked against the card of the model it is for. */
export function decodeInfer(body: JsonBody, manifest: ModelManifest): Inference {
  const request = asObject(body.value, 'the body', undefined);
  refuseReserved(request);
  const { id } = request;
  if (id !== undefined && typeof id !== 'string') {
    throw new ServingError('INVALID_REQUEST', `id must be a string, got ${quote(id)}`, { field: 'id' });
  }
  if (request.parameters !== undefined) asObject(request.parameters, 'parameters', 'parameters');
  const inputs = decodeInputs(request, body, manifest);
  return { id, ...inputs, outputs: selectOutputs(request.outputs, manifest) };
}

/** A client must not be able to speak as somebody else, nor to name an object of the payload store. */
export function refuseReserved(body: Record<string, unknown>): void {
  const reserved = RESERVED.find((field) => Object.hasOwn(body, field));
  if (reserved) throw new ServingError('INVALID_REQUEST', `"${reserved}" is not accepted here`, { field: reserved });
}

function decodeInputs(request: Record<string, unknown>, body: JsonBody, manifest: ModelManifest) {
  const wire = asArray(request.inputs, 'inputs');
  const fieldOfInput = new Map<string, string>();
  const decoded = new Map<string, Tensor>();
  for (let i = 0; i < wire.length; i++) {
    const field = `inputs[${i}]`;
    const tensor = asObject(wire[i], field, field);
    const spec = findSpec(tensor.name, manifest.inputs, field);
    if (decoded.has(spec.name)) {
      throw new ServingError('INVALID_REQUEST', `tensor "${spec.name}" is given twice`, { field: `${field}.name` });
    }
    fieldOfInput.set(spec.name, field);
    decoded.set(spec.name, decodeTensor(tensor, body, i, spec, field));
  }
  const inputs = manifest.inputs.map((spec) => {
    const tensor = decoded.get(spec.name);
    if (tensor) return tensor;
    throw new ServingError('MISSING_TENSOR', `input tensor "${spec.name}" is missing`, { field: 'inputs' });
  });
  const rows = batchRows(inputs, manifest.inputs, (i) => `${fieldOfInput.get(manifest.inputs[i]?.name ?? '')}.shape`);
  return { inputs, rows };
}

function decodeTensor(wire: Record<string, unknown>, body: JsonBody, index: number, spec: InputSpec, field: string) {
  const { name, datatype } = spec;
  if (wire.datatype !== datatype) {
    const known = isDatatype(wire.datatype) ? '' : ' (not a datatype of the protocol)';
    const message = `tensor "${name}" has datatype ${datatype}, got ${quote(wire.datatype)}${known}`;
    throw new ServingError('INVALID_DATATYPE', message, { field: `${field}.datatype` });
  }
  const shape = checkShape(wire.shape, spec, `${field}.shape`);
  if (wire.raw !== undefined) {
    if (wire.data !== undefined) {
      throw new ServingError('INVALID_REQUEST', 'a tensor has either data or raw, not both', { field });
    }
    if (typeof wire.raw !== 'string') {
      throw new ServingError('INVALID_VALUE', 'raw must be base64 text', { field: `${field}.raw` });
    }
    return { name, datatype, shape, data: decodeRaw(Buffer.from(wire.raw, 'base64'), spec, shape, `${field}.raw`) };
  }
  if (datatype === 'FP16') refuseHalfInJson(`${field}.datatype`);
  const values = datatype.endsWith('INT64') ? exactData(body, index) : wire.data;
  const data = decodeJsonData(values, spec, shape, (at) => `${field}.data${at.map((i) => `[${i}]`).join('')}`);
  return { name, datatype, shape, data };
}

/** The data of an input in the parse that kept every digit; it has the same structure as the ordinary one. */
function exactData(body: JsonBody, index: number): unknown {
  return (body.exact as { inputs: { data?: unknown }[] }).inputs[index]?.data;
}

export function refuseHalfInJson(field: string): never {
  const message = 'FP16 has no JSON form; send and ask for it as bytes (binary tensor extension, or base64 raw)';
  throw new ServingError('INVALID_DATATYPE', message, { field });
}

function selectOutputs(wire: unknown, manifest: ModelManifest): string[] {
  if (wire === undefined) return manifest.outputs.map((output) => output.name);
  const names: string[] = [];
  const selected = asArray(wire, 'outputs');
  for (let i = 0; i < selected.length; i++) {
    const field = `outputs[${i}]`;
    const { name } = findSpec(asObject(selected[i], field, field).name, manifest.outputs, field);
    if (names.includes(name)) {
      throw new ServingError('INVALID_REQUEST', `output "${name}" is asked for twice`, { field: `${field}.name` });
    }
    names.push(name);
  }
  return names.length > 0 ? names : manifest.outputs.map((output) => output.name);
}

function findSpec<Spec extends InputSpec | OutputSpec>(name: unknown, specs: readonly Spec[], field: string): Spec {
  const spec = specs.find((candidate) => candidate.name === name);
  if (spec) return spec;
  const known = specs.map((candidate) => `"${candidate.name}"`).join(', ');
  const message = `unknown tensor ${quote(name)}; the model has ${known}`;
  throw new ServingError('UNKNOWN_TENSOR', message, { field: `${field}.name` });
}

export function asObject(value: unknown, what: string, field: string | undefined): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new ServingError('INVALID_REQUEST', `${what} must be a JSON object, got ${quote(value)}`, { field });
}

function asArray(value: unknown, field: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new ServingError('INVALID_REQUEST', `${field} must be an array, got ${quote(value)}`, { field });
}

/** Names of all outputs, refused where JSON cannot carry one of them. */
export function jsonOutputs(
  manifest: ModelManifest,
  selected: readonly string[] = manifest.outputs.map(({ name }) => name),
): readonly string[] {
  const half = manifest.outputs.find(({ name, datatype }) => datatype === 'FP16' && selected.includes(name));
  if (half) refuseHalfInJson('outputs');
  return selected;
}

/** The answer as JSON text. */
export function inferText(model: ModelIdentity, inference: Inference, outputs: readonly Tensor[]): string {
  const id = inference.id === undefined ? '' : `"id":${JSON.stringify(inference.id)},`;
  const identity = `"model_name":${JSON.stringify(model.name)},"model_version":${JSON.stringify(model.version)}`;
  return `{${identity},${id}"outputs":[${outputs.map(tensorText).join(',')}]}`;
}

/** The answer as the object that one function returns to another. */
export function inferObject(model: ModelIdentity, inference: Inference, outputs: readonly Tensor[]): InferResponse {
  return {
    model_name: model.name,
    model_version: model.version,
    ...(inference.id === undefined ? {} : { id: inference.id }),
    outputs: outputs.map(tensorObject),
  };
}
