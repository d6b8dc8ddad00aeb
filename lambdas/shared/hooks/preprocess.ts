import type { InputSpec } from '../contract';
import { quote, ServingError, unsupportedMediaType } from '../errors';
import type { Body } from '../protocol/body';
import { DATATYPE_INFO } from '../protocol/datatypes';
import { checkJsonOutputs } from '../protocol/infer';
import { parseJson } from '../protocol/json-text';
import { isCarriedText } from '../protocol/json-values';
import { checkValues } from '../protocol/raw';
import { batchRows, checkShape, elementCount, type Inference, type Tensor } from '../protocol/tensor';
import type { Answerer } from '../session/model-store';
import { callHook, type HookCall, hookFailed } from './call-hook';
import type { PreprocessHook } from './load-hooks';

/** What the client sent -> the inputs of the model, by the user's code and checked against the card. */
export async function preprocess(
  body: Body,
  call: HookCall,
  model: Answerer,
  hook: PreprocessHook,
): Promise<Inference> {
  if (!hook.mediaTypes.includes(body.mediaType)) throw unsupportedMediaType(body.mediaType, hook.mediaTypes);
  const request = {
    ...body,
    // In memory of their own, so that typed arrays can be made of it.
    bytes: () => Uint8Array.from(body.bytes()),
    json: () => parseJson(body.text(), false).value,
  };
  const made = await callHook('preprocess', call, model, (context) => hook.run(request, context));
  const { rows, tensors: inputs } = checkMade(made, model.manifest.inputs);
  const outputs = model.manifest.outputs.map(({ name }) => name);
  // Only the user's code can make something of halves.
  if (!model.hooks?.postprocess) checkJsonOutputs(model.manifest, outputs);
  return { inputs, outputs, rows };
}

/** What a hook made, checked against what its reader takes. */
export function checkMade(
  made: unknown,
  specs: readonly InputSpec[],
): { readonly tensors: readonly Tensor[]; readonly rows: number } {
  const tensors = inputsOf(made, specs);
  for (const [i, spec] of specs.entries()) checkInput(tensors[i] as Tensor, spec);
  return { tensors, rows: blamed(() => batchRows(tensors, specs, (i) => specs[i]?.name ?? '')) };
}

/** The tensors in the order of the card. A wrong one is the hook's fault. */
function inputsOf(made: unknown, specs: readonly InputSpec[]): Tensor[] {
  if (typeof made !== 'object' || made === null) throw wrong(`it gave ${quote(made)} instead of tensors by name`);
  const unknown = Object.keys(made).find((name) => !specs.some((spec) => spec.name === name));
  if (unknown !== undefined) throw wrong(`the model has no input ${quote(unknown)}`);
  return specs.map((spec) => inputOf((made as Record<string, unknown>)[spec.name], spec));
}

function inputOf(made: unknown, spec: InputSpec): Tensor {
  const { datatype, name } = spec;
  if (typeof made !== 'object' || made === null) throw wrong(`input "${name}" is missing`);
  const tensor = made as Partial<Tensor>;
  if (tensor.datatype !== datatype) {
    throw wrong(`input "${name}" has datatype ${datatype}, got ${quote(tensor.datatype)}`);
  }
  const shape = blamed(() => checkShape(tensor.shape, spec, name));
  const { data } = tensor;
  const ArrayType = DATATYPE_INFO[datatype].allocate(0).constructor as ArrayConstructor;
  if (!(data instanceof ArrayType)) {
    const got = (data as object | undefined)?.constructor?.name ?? quote(data);
    throw wrong(`the data of input "${name}" must be of type ${ArrayType.name}, got ${got}`);
  }
  const count = elementCount(shape);
  if (data.length === count) return { name, datatype, shape, data };
  throw wrong(`input "${name}" of shape [${shape.join(', ')}] has ${count} values, got ${data.length}`);
}

/** A value that the card does not allow is one that the client sent. */
function checkInput({ data, name }: Tensor, spec: InputSpec): void {
  if (!Array.isArray(data)) checkValues(data, spec, name);
  else for (const text of data) checkText(text, name);
}

function checkText(text: unknown, field: string): void {
  if (typeof text !== 'string') throw wrong(`input "${field}" takes texts, got ${quote(text)}`);
  if (isCarriedText(text)) return;
  throw new ServingError('INVALID_VALUE', 'text with NUL or half a surrogate pair is not carried', { field });
}

/** What is the client's fault where it wrote the tensors is the hook's here. */
function blamed<Result>(check: () => Result): Result {
  try {
    return check();
  } catch (error) {
    throw hookFailed('preprocess', error);
  }
}

function wrong(reason: string): ServingError {
  return hookFailed('preprocess', reason);
}
