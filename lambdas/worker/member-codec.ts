import type { InputSpec, MemberSettings, ModelManifest, WireTensor } from '../shared/contract';
import { ServingError } from '../shared/errors';
import { type Asked, askedOf } from '../shared/jobs/asked';
import { tensorObject } from '../shared/protocol/json-output';
import { checkValues } from '../shared/protocol/raw';
import { batchRows, checkShape, type Inference, type Tensor } from '../shared/protocol/tensor';
import { identityOf } from '../shared/session/model-store';
import { clientCodec, type JobCodec } from './own-model';

/**
 * Of a job that several models answer: the request is for the whole, of whose tensors a model takes its own; its answer is
 * always JSON and always all of it, because it is made one with the others' before the client reads it.
 */
export function memberCodec(whole: ModelManifest, { inputs: names }: MemberSettings): JobCodec {
  return (job) => {
    let kept: Asked | undefined;
    return {
      decode: async ({ manifest }) => {
        const asked = await clientCodec(job).decode({ identity: identityOf(whole), manifest: whole });
        kept = askedOf(asked);
        const fieldOf = ({ name }: InputSpec) => names[name] ?? name;
        const inputs = manifest.inputs.map((spec) => ownTensor(asked, spec, fieldOf(spec)));
        const rows = batchRows(inputs, manifest.inputs, (at) => fieldOf(manifest.inputs[at] as InputSpec));
        const inference: Inference = { inputs, outputs: manifest.outputs.map(({ name }) => name), rows };
        return inference;
      },
      encode: ({ identity }, _, tensors) => {
        const outputs: WireTensor[] = tensors.map(tensorObject);
        const body = JSON.stringify({ model_name: identity.name, model_version: identity.version, outputs });
        return { body, asked: kept };
      },
    };
  };
}

/** The tensor of the request that an input is. The whole may allow what this model does not: each card has its own limits. */
function ownTensor({ inputs }: Inference, spec: InputSpec, field: string): Tensor {
  const tensor = inputs.find(({ name }) => name === field);
  if (!tensor) throw new ServingError('MISSING_TENSOR', `input tensor "${field}" is missing`, { field: 'inputs' });
  const { data, shape } = tensor;
  checkShape(shape, spec, field);
  // Texts have no limits but those of the protocol.
  if (!Array.isArray(data)) checkValues(data, spec, field);
  return { ...tensor, name: spec.name };
}
