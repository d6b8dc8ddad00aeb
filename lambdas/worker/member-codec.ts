import type { MemberSettings, ModelManifest, WireTensor } from '../shared/contract';
import { tensorObject } from '../shared/protocol/json-output';
import type { Inference } from '../shared/protocol/tensor';
import { identityOf } from '../shared/session/model-store';
import { clientCodec, type JobCodec } from './own-model';

/**
 * Of a job that several models answer: the request is for the whole, of whose tensors a model takes its own; its answer is
 * always JSON and always all of it, because it is made one with the others' before the client reads it.
 */
export function memberCodec(whole: ModelManifest, { inputs: names }: MemberSettings): JobCodec {
  return (job) => ({
    decode: async ({ manifest }) => {
      const asked = await clientCodec(job).decode({ identity: identityOf(whole), manifest: whole });
      const inputs = manifest.inputs.flatMap(({ name }) => {
        const tensor = asked.inputs.find((input) => input.name === (names[name] ?? name));
        return tensor ? [{ ...tensor, name }] : [];
      });
      const inference: Inference = { inputs, outputs: manifest.outputs.map(({ name }) => name), rows: asked.rows };
      return inference;
    },
    encode: ({ identity }, _, tensors) => {
      const outputs: WireTensor[] = tensors.map(tensorObject);
      return { body: JSON.stringify({ model_name: identity.name, model_version: identity.version, outputs }) };
    },
  });
}
