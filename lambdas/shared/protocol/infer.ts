import {
  HEADERS,
  type InferResponse,
  type InputSpec,
  type ModelIdentity,
  type ModelManifest,
  type OutputSpec,
} from '../contract';
import { quote, ServingError } from '../errors';
import { decodeBase64, isBase64 } from './base64';
import { isDatatype } from './datatypes';
import { decodeJsonData } from './json-data';
import { tensorObject, tensorText } from './json-output';
import { asObject, type JsonBody } from './json-text';
import { bytesOf, flagOf, parametersOf } from './parameters';
import { decodeRaw } from './raw';
import { batchRows, checkShape, type Inference, type Tensor } from './tensor';
import type { TensorBytes } from './tensor-bytes';

/** The JSON of a request, and the tensors behind it where the client says that there are some. */
export interface InferBody extends JsonBody {
  readonly tensors?: TensorBytes;
}

/** Fields that only a front may set, and never inside the protocol's body. */
const RESERVED = ['principal', 'requestRef', 'assembly', 'reply', 'pair'];

/** An Open Inference Protocol request, checked against the card of the model it is for. */
export function decodeInfer(body: InferBody, manifest: ModelManifest): Inference {
  const request = asObject(body.value, 'the body', undefined);
  refuseReserved(request);
  const { id } = request;
  if (id !== undefined && typeof id !== 'string') {
    throw new ServingError('INVALID_REQUEST', `id must be a string, got ${quote(id)}`, { field: 'id' });
  }
  const allBinary = flagOf(parametersOf(request, 'parameters'), 'binary_data_output', 'parameters') ?? false;
  const inputs = decodeInputs(request, body, manifest);
  body.tensors?.expectEnd();
  return { id, ...inputs, ...selectOutputs(request.outputs, manifest, allBinary) };
}

/** A client must not be able to speak as somebody else, nor to name an object of the payload store. */
export function refuseReserved(body: Record<string, unknown>): void {
  const reserved = RESERVED.find((field) => Object.hasOwn(body, field));
  if (reserved) throw new ServingError('INVALID_REQUEST', `"${reserved}" is not accepted here`, { field: reserved });
}

function decodeInputs(request: Record<string, unknown>, body: InferBody, manifest: ModelManifest) {
  if (request.inputs === undefined && request.instances !== undefined) {
    const message = '"instances" go to POST /predict; this takes the "inputs" of the Open Inference Protocol';
    throw new ServingError('INVALID_REQUEST', message, { field: 'inputs' });
  }
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

function decodeTensor(wire: Record<string, unknown>, body: InferBody, index: number, spec: InputSpec, field: string) {
  const { name, datatype } = spec;
  if (wire.datatype !== datatype) {
    const known = isDatatype(wire.datatype) ? '' : ' (not a datatype of the protocol)';
    const message = `tensor "${name}" has datatype ${datatype}, got ${quote(wire.datatype)}${known}`;
    throw new ServingError('INVALID_DATATYPE', message, { field: `${field}.datatype` });
  }
  const size = bytesOf(parametersOf(wire, `${field}.parameters`), 'binary_data_size', `${field}.parameters`);
  const forms = [size, wire.raw, wire.data].filter((form) => form !== undefined);
  if (forms.length > 1) {
    const message = 'a tensor has one of data, raw and binary_data_size';
    throw new ServingError('INVALID_REQUEST', message, { field });
  }
  const shape = checkShape(wire.shape, spec, `${field}.shape`);
  if (size !== undefined) {
    const sizeField = `${field}.parameters.binary_data_size`;
    const bytes = tensorsOf(body, sizeField).take(size, sizeField);
    return { name, datatype, shape, data: decodeRaw(bytes, spec, shape, field, sizeField) };
  }
  if (wire.raw !== undefined) {
    if (typeof wire.raw !== 'string') {
      throw new ServingError('INVALID_VALUE', 'raw must be base64 text', { field: `${field}.raw` });
    }
    const bytes = base64Bytes(wire.raw, `${field}.raw`);
    return { name, datatype, shape, data: decodeRaw(bytes, spec, shape, `${field}.raw`) };
  }
  if (datatype === 'FP16') refuseHalfInJson(`${field}.datatype`);
  const values = datatype.endsWith('INT64') ? exactData(body, index) : wire.data;
  const data = decodeJsonData(values, spec, shape, (at) => `${field}.data${at.map((i) => `[${i}]`).join('')}`);
  return { name, datatype, shape, data };
}

function base64Bytes(text: string, field: string): Buffer {
  const bytes = decodeBase64(text);
  if (isBase64(text, bytes.length)) return bytes;
  const message = 'raw must be base64: A-Z, a-z, 0-9, + and /, filled up with = to a multiple of 4 characters';
  throw new ServingError('INVALID_VALUE', message, { field });
}

function tensorsOf({ tensors }: InferBody, field: string): TensorBytes {
  if (tensors) return tensors;
  const message = `binary_data_size needs the header ${HEADERS.inferenceHeaderLength} and its bytes behind the JSON`;
  throw new ServingError('INVALID_REQUEST', message, { field });
}

/** The data of an input in the parse that kept every digit; it has the same structure as the ordinary one. */
function exactData(body: JsonBody, index: number): unknown {
  return (body.exact as { inputs: { data?: unknown }[] }).inputs[index]?.data;
}

export function refuseHalfInJson(field: string): never {
  const message =
    'FP16 has no JSON form; send it as bytes (binary tensor extension, or base64 raw), ask for it with ' +
    'binary_data and a header Accept that allows application/octet-stream';
  throw new ServingError('INVALID_DATATYPE', message, { field });
}

/** Which outputs to answer with, and which of them as bytes: what an output says goes before what the request says. */
function selectOutputs(wire: unknown, manifest: ModelManifest, allBinary: boolean) {
  const selected = wire === undefined ? [] : asArray(wire, 'outputs');
  const outputs: string[] = [];
  const binaryOutputs = new Set<string>();
  for (let i = 0; i < selected.length; i++) {
    const field = `outputs[${i}]`;
    const output = asObject(selected[i], field, field);
    const { name } = findSpec(output.name, manifest.outputs, field);
    if (outputs.includes(name)) {
      throw new ServingError('INVALID_REQUEST', `output "${name}" is asked for twice`, { field: `${field}.name` });
    }
    outputs.push(name);
    const parameters = parametersOf(output, `${field}.parameters`);
    if (flagOf(parameters, 'binary_data', `${field}.parameters`) ?? allBinary) binaryOutputs.add(name);
  }
  if (outputs.length > 0) return { outputs, binaryOutputs };
  const all = manifest.outputs.map(({ name }) => name);
  return { outputs: all, binaryOutputs: new Set(allBinary ? all : []) };
}

function findSpec<Spec extends InputSpec | OutputSpec>(name: unknown, specs: readonly Spec[], field: string): Spec {
  const spec = specs.find((candidate) => candidate.name === name);
  if (spec) return spec;
  const known = specs.map((candidate) => `"${candidate.name}"`).join(', ');
  const message = `unknown tensor ${quote(name)}; the model has ${known}`;
  throw new ServingError('UNKNOWN_TENSOR', message, { field: `${field}.name` });
}

function asArray(value: unknown, field: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new ServingError('INVALID_REQUEST', `${field} must be an array, got ${quote(value)}`, { field });
}

/** Refuses an answer in JSON where JSON cannot carry one of its outputs. */
export function checkJsonOutputs(manifest: ModelManifest, outputs: readonly string[], field = 'outputs'): void {
  const half = manifest.outputs.find(({ name, datatype }) => datatype === 'FP16' && outputs.includes(name));
  if (half) refuseHalfInJson(field);
}

/** The answer as JSON text. */
export function inferText(model: ModelIdentity, inference: Inference, outputs: readonly Tensor[]): string {
  return answerText(model, inference, outputs.map(tensorText));
}

export function answerText(model: ModelIdentity, inference: Inference, outputs: readonly string[]): string {
  const id = inference.id === undefined ? '' : `"id":${JSON.stringify(inference.id)},`;
  const identity = `"model_name":${JSON.stringify(model.name)},"model_version":${JSON.stringify(model.version)}`;
  return `{${identity},${id}"outputs":[${outputs.join(',')}]}`;
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
