import type { ModelManifest } from '../contract';
import { ServingError } from '../errors';
import { DATATYPE_INFO } from './datatypes';
import { decodeRaw } from './raw';
import { elementCount, type Inference, shapeText } from './tensor';

/**
 * A raw binary request: no JSON, the whole body is the one input's values, whose shape follows from their number. The
 * answer is all outputs, as bytes.
 */
export function decodeRawRequest(bytes: Buffer, manifest: ModelManifest): Inference {
  const { inputs, name: model } = manifest;
  const [input] = inputs;
  if (!input || inputs.length !== 1) {
    const names = inputs.map(({ name }) => `"${name}"`).join(', ');
    const message = `a body without JSON is for models with one input; "${model}" has ${names}`;
    throw new ServingError('MISSING_TENSOR', message, { field: 'inputs' });
  }
  const { name, datatype } = input;
  const size = DATATYPE_INFO[datatype].bytes;
  const open = input.shape.filter((length) => length === -1).length;
  if (size === 0 || open > 1) {
    const message = `the shape ${shapeText(input.shape)} of ${datatype} does not follow from a number of bytes`;
    throw new ServingError('INVALID_SHAPE', message, { field: 'inputs' });
  }
  const fixed = elementCount(input.shape.filter((length) => length !== -1)) * size;
  const length = bytes.length / fixed;
  if (bytes.length === 0 || !Number.isInteger(length)) {
    const message = `tensor "${name}" takes a multiple of ${fixed} bytes, got ${bytes.length}`;
    throw new ServingError('INVALID_SHAPE', message, { field: 'inputs[0]' });
  }
  const shape = input.shape.map((declared) => (declared === -1 ? length : declared));
  const data = decodeRaw(bytes, input, shape, 'inputs[0]');
  const outputs = manifest.outputs.map((output) => output.name);
  const rows = input.shape[0] === -1 ? length : 1;
  return { inputs: [{ name, datatype, shape, data }], outputs, binaryOutputs: new Set(outputs), rows };
}
