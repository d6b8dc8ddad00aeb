import type { InputSpec, WireTensor } from '../../lambdas/shared/contract';
import { DATATYPE_INFO } from '../../lambdas/shared/protocol/datatypes';
import { decodeJsonData } from '../../lambdas/shared/protocol/json-data';
import { elementCount, type Tensor } from '../../lambdas/shared/protocol/tensor';
import { type MeasureTask, ModelRefused } from './task';

/** Rows of the golden case that has most of them, stacked to batches of any size. */
export class GoldenRows {
  /** Whether a run can take several rows. */
  readonly stackable: boolean;
  private readonly tensors: readonly Tensor[];
  /** Names of the inputs that have one row for each of the batch. */
  private readonly stacked: ReadonlySet<string>;
  private readonly available: number;

  constructor({ golden, inputs }: MeasureTask) {
    const stacked = new Set(inputs.filter(({ shape }) => shape[0] === -1).map(({ name }) => name));
    const rowsIn = (wires: readonly WireTensor[]) => wires.find(({ name }) => stacked.has(name))?.shape[0] ?? 1;
    const [most] = [...golden.cases].sort((a, b) => rowsIn(b.inputs) - rowsIn(a.inputs));
    if (!most) throw new ModelRefused('golden.json has no case, so there is nothing to run the model on.');
    this.stackable = stacked.size > 0;
    this.stacked = stacked;
    this.available = rowsIn(most.inputs);
    this.tensors = most.inputs.map((wire) => toTensor(wire, inputs));
  }

  /** So many rows, from the row `from` on; after the last comes the first. */
  batch(rows: number, from = 0): Tensor[] {
    return this.tensors.map((tensor) => {
      if (!this.stacked.has(tensor.name)) return tensor;
      const shape = [rows, ...tensor.shape.slice(1)];
      const size = elementCount(tensor.shape.slice(1));
      const data = DATATYPE_INFO[tensor.datatype].allocate(rows * size);
      for (let at = 0; at < data.length; at++) {
        const row = (from + Math.floor(at / size)) % this.available;
        data[at] = tensor.data[row * size + (at % size)] as never;
      }
      return { ...tensor, shape, data };
    });
  }
}

function toTensor({ name, shape, data }: WireTensor, specs: readonly InputSpec[]): Tensor {
  const spec = specs.find((each) => each.name === name);
  if (!spec) throw new ModelRefused(`golden.json names tensor ${JSON.stringify(name)}, which the card does not list.`);
  const { datatype } = spec;
  const values = decodeJsonData(data, { name, datatype, shape, allowNaN: true }, shape, () => `golden.json, ${name}`);
  return { name, datatype, shape, data: values };
}
