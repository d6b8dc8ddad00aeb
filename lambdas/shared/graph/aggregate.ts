import { AGGREGATE_OUTPUTS, type Aggregate, type TensorSource, type WireTensor } from '../contract';
import { ServingError } from '../errors';
import { wireTensor } from '../predictor/exchange';
import { tensorObject } from '../protocol/json-output';
import type { Tensor } from '../protocol/tensor';
import { average, mostConfident, vote } from './combine';

/** A model's answer, as far as it takes part. */
export interface Ballot {
  readonly name: string;
  readonly weight: number;
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** Answers of several models -> one. A model that gave none takes no part; without any there is no answer. */
export async function aggregate(
  spec: Aggregate,
  find: (source: TensorSource) => Promise<WireTensor | undefined>,
): Promise<readonly WireTensor[]> {
  const ballots: Ballot[] = [];
  for (const { name, tensors, weight } of spec.members) {
    const found = await Promise.all(
      Object.entries(tensors).map(async ([tensor, source]) => [tensor, await find(source)] as const),
    );
    if (!found.every(([, tensor]) => tensor !== undefined)) continue;
    const decoded = found.map(([tensor, wire]) => [tensor, wireTensor(wire as WireTensor)] as const);
    ballots.push({ name, weight, tensors: Object.fromEntries(decoded) });
    // The others could only be thrown away.
    if (spec.kind === 'select') break;
  }
  const [first] = ballots;
  if (!first) return [];
  requireSameShapes(ballots);
  return combine(spec, ballots, first).map(tensorObject);
}

function combine({ classes, kind, of = '' }: Aggregate, ballots: readonly Ballot[], first: Ballot): Tensor[] {
  switch (kind) {
    case 'mean':
      return average(
        of,
        classes,
        ballots.map((ballot) => ({ ...ballot, weight: 1 })),
      );
    case 'weighted':
      return average(of, classes, ballots);
    case 'vote':
      return vote(of, ballots);
    case 'max':
      return mostConfident(of, ballots);
    case 'select':
      return [...Object.values(first.tensors), chosen(first)];
  }
}

function chosen({ name, tensors }: Ballot): Tensor {
  const rows = Object.values(tensors)[0]?.shape[0] ?? 1;
  return { name: AGGREGATE_OUTPUTS.chosen, datatype: 'BYTES', shape: [rows], data: Array(rows).fill(name) };
}

/** Models that answer to other shapes than their cards say would be added up wrongly. */
function requireSameShapes([first, ...others]: readonly Ballot[]): void {
  for (const { name, tensors } of others) {
    for (const [tensor, { shape }] of Object.entries(tensors)) {
      const expected = first?.tensors[tensor]?.shape ?? shape;
      if (expected.join() === shape.join()) continue;
      const message = `${name} answers ${tensor} in the shape [${shape}], ${first?.name} in [${expected}].`;
      throw new ServingError('BAD_GATEWAY', message);
    }
  }
}
