import type { Inference } from '../protocol/tensor';

/** What a client asked for beside its tensors. Whoever makes its answer need not read those again, which may be large. */
export interface Asked extends Pick<Inference, 'id' | 'outputs' | 'rows'> {
  readonly binaryOutputs?: readonly string[];
}

/** Every change of a row is billed by all of it, and an id may have any length. */
const LARGEST = 4096;

/** As the row keeps it; undefined where it is too large for that. */
export function askedOf({ binaryOutputs, id, outputs, rows }: Inference): Asked | undefined {
  const asked = { id, outputs, rows, binaryOutputs: binaryOutputs && [...binaryOutputs] };
  return Buffer.byteLength(JSON.stringify(asked)) <= LARGEST ? asked : undefined;
}

/** The request without its tensors. */
export function inferenceOf({ binaryOutputs, ...asked }: Asked): Inference {
  return { ...asked, inputs: [], binaryOutputs: binaryOutputs && new Set(binaryOutputs) };
}
