import type { ModelIdentity } from '../contract';
import { answerText } from './infer';
import { tensorText } from './json-output';
import { encodeRaw } from './raw';
import type { Inference, Tensor } from './tensor';

/** The answer as JSON with tensors behind it: base64 of both, and the bytes of the JSON. */
export interface BinaryAnswer {
  readonly body: string;
  readonly headerLength: number;
}

export function inferBinary(
  model: ModelIdentity,
  inference: Inference,
  outputs: readonly Tensor[],
  binary: ReadonlySet<string>,
): BinaryAnswer {
  const tensors: Buffer[] = [];
  const texts = outputs.map((tensor) => {
    if (!binary.has(tensor.name)) return tensorText(tensor);
    const bytes = encodeRaw(tensor);
    tensors.push(bytes);
    const { name, datatype, shape } = tensor;
    const parameters = `"parameters":{"binary_data_size":${bytes.length}}`;
    return `{"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":[${shape.join(',')}],${parameters}}`;
  });
  const header = Buffer.from(answerText(model, inference, texts));
  return { body: Buffer.concat([header, ...tensors]).toString('base64'), headerLength: header.length };
}
