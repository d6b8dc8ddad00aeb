import { CONTRACT_VERSION, type ModelManifest, type PredictorSuccess, type WireTensor } from '../shared/contract';
import type { Inference } from '../shared/protocol/tensor';
import { identityOf } from '../shared/session/model-store';

/** The answer that is always the same: its values for every row of the request. */
export function constantAnswer(
  constants: readonly WireTensor[],
  { id, outputs, rows }: Inference,
  manifest: ModelManifest,
): PredictorSuccess {
  const model = identityOf(manifest);
  const tensors = outputs.map((name) => {
    const constant = constants.find((each) => each.name === name) as WireTensor;
    const data = constant.data ?? [];
    // Of an output with a batch synth wrote one row.
    const varies = constant.shape[0] === -1;
    if (!varies) return constant;
    const repeated = Array.from({ length: rows }, () => data).flat();
    return { ...constant, shape: [rows, ...constant.shape.slice(1)], data: repeated };
  });
  const response = { model_name: model.name, model_version: model.version, id, outputs: tensors };
  return { v: CONTRACT_VERSION, status: 200, model, response, stages: [] };
}
