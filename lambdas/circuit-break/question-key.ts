import { createHash } from 'node:crypto';
import { encodeRaw } from '../shared/protocol/raw';
import type { Inference } from '../shared/protocol/tensor';

/** Names a question by its decoded values, so that it does not matter how it was written. */
export function questionKey(revision: string, { inputs, outputs }: Inference): string {
  const hash = createHash('sha256').update(JSON.stringify([revision, outputs]));
  for (const tensor of [...inputs].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const { datatype, name, shape } = tensor;
    hash.update(JSON.stringify([name, datatype, shape])).update(encodeRaw(tensor));
  }
  return hash.digest('hex');
}
