import { DATATYPES, ERROR_STATUS, type ModelManifest } from '../../shared/contract';
import { inputValue, nested, object, outputValue, ref, type Schema, tensor } from './schema';

const text = { type: 'string' };
const flag = { type: 'boolean' };
const parameters = { type: 'object' };

/** Everything that goes over the wire, with this model's tensors. */
export function schemasOf(manifest: ModelManifest): Readonly<Record<string, Schema>> {
  const { inputs, outputs } = manifest;
  const inputTensors = inputs.map((spec) => tensor(spec, inputValue(spec), { nesting: true }));
  const outputTensors = outputs.map((spec) => tensor(spec, outputValue(spec), { nesting: false }));
  const identity = { model_name: { const: manifest.name }, model_version: text };
  return {
    InferRequest: object(
      {
        id: text,
        parameters: { type: 'object', properties: { binary_data_output: flag } },
        inputs: { type: 'array', items: { oneOf: inputTensors }, minItems: inputs.length, maxItems: inputs.length },
        outputs: {
          type: 'array',
          items: object(
            {
              name: { enum: outputs.map(({ name }) => name) },
              parameters: { type: 'object', properties: { binary_data: flag } },
            },
            ['name'],
          ),
        },
      },
      ['inputs'],
    ),
    InferResponse: object(
      { ...identity, id: text, parameters, outputs: { type: 'array', items: { oneOf: outputTensors } } },
      ['model_name', 'model_version', 'outputs'],
    ),
    Rows: object({ instances: { type: 'array', items: rowOf(manifest), minItems: 1 } }),
    Predictions: object({ ...identity, predictions: { type: 'array', items: predictionOf(manifest) } }),
    ServerMetadata: object({ name: text, version: text, extensions: { type: 'array', items: text } }),
    ModelMetadata: object({
      name: { const: manifest.name },
      versions: { type: 'array', items: text },
      platform: text,
      inputs: { type: 'array', items: ref('TensorMetadata') },
      outputs: { type: 'array', items: ref('TensorMetadata') },
      parameters,
    }),
    TensorMetadata: object({
      name: text,
      datatype: { enum: DATATYPES },
      shape: { type: 'array', items: { type: 'integer' } },
    }),
    Live: object({ live: flag }),
    Ready: object({ name: text, ready: flag }, ['ready']),
    Error: object(
      { error: text, code: { enum: Object.keys(ERROR_STATUS) }, field: text, stage: text, requestId: text },
      ['error', 'code', 'requestId'],
    ),
  };
}

/** A row of one input is that input's row; of several it is an object by tensor name. */
function rowOf({ inputs }: ModelManifest): Schema {
  const rows = inputs.map((spec) => [spec.name, nested(spec.shape.slice(1), inputValue(spec))] as const);
  const [only] = rows;
  if (only && rows.length === 1) return only[1];
  return { ...object(Object.fromEntries(rows)), additionalProperties: false };
}

/** Outputs that do not vary with the batch are left out of predictions for several rows. */
function predictionOf({ outputs }: ModelManifest): Schema {
  const values = outputs.flatMap((spec) => {
    const value = outputValue(spec);
    const perRow = spec.shape[0] === -1 ? spec.shape.slice(1) : spec.shape;
    const entry = [spec.name, nested(perRow, value)] as const;
    const label = { enum: [...(spec.labels ?? []), null] };
    return spec.labels ? [entry, [`${spec.name}_name`, nested(perRow, label)] as const] : [entry];
  });
  return object(Object.fromEntries(values), []);
}
