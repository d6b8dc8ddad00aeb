import { AGGREGATE_OUTPUTS } from '../contract';
import { DATATYPE_INFO, type NumericArray, type TensorData } from '../protocol/datatypes';
import { elementCount, type Tensor } from '../protocol/tensor';
import type { Ballot } from './aggregate';

type Ballots = readonly Ballot[];

/** The average of a tensor, and the class that has the largest one in each row. */
export function average(of: string, classes: string | undefined, ballots: Ballots): Tensor[] {
  const [{ datatype, shape }] = all(of, ballots);
  const total = ballots.reduce((sum, { weight }) => sum + weight, 0);
  const sums = new Float64Array(elementCount(shape));
  for (const { tensors, weight } of ballots) {
    const values = tensors[of]?.data as Float64Array;
    for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + ((values[i] as number) * weight) / total;
  }
  const data = DATATYPE_INFO[datatype].allocate(sums.length) as Float64Array;
  data.set(sums);
  const mean: Tensor = { name: of, datatype, shape, data };
  if (classes === undefined) return [mean];
  const example = ballots[0]?.tensors[classes] as Tensor;
  const labels = DATATYPE_INFO[example.datatype].allocate(shape[0] as number) as NumericArray;
  eachRow(mean, (row, start, size) => put(labels, row, indexOfLargest(data, start, size)));
  return [{ ...example, data: labels }, mean];
}

/** What most models say, value by value, and how many do. Of two that are said equally often, that of the earlier model. */
export function vote(of: string, ballots: Ballots): Tensor[] {
  const [first] = all(of, ballots);
  const { datatype, shape } = first;
  const data: TensorData = Array.isArray(first.data) ? [...first.data] : first.data.slice();
  const votes = new BigInt64Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const weights = new Map<unknown, number>();
    for (const { tensors, weight } of ballots) {
      const said = tensors[of]?.data[i];
      weights.set(said, (weights.get(said) ?? 0) + weight);
    }
    const [winner] = [...weights].reduce((best, each) => (each[1] > best[1] ? each : best));
    (data as unknown[])[i] = winner;
    votes[i] = BigInt(ballots.filter(({ tensors }) => tensors[of]?.data[i] === winner).length);
  }
  return [
    { name: of, datatype, shape, data },
    { name: AGGREGATE_OUTPUTS.votes, datatype: 'INT64', shape, data: votes },
  ];
}

/** Row by row the answer of the model that is surest of it: whose largest value in the tensor is the largest. */
export function mostConfident(of: string, ballots: Ballots): Tensor[] {
  const winners: Ballot[] = [];
  const [compared] = all(of, ballots);
  eachRow(compared, (row, start, size) => {
    const best = (ballot: Ballot) => {
      const data = ballot.tensors[of]?.data as Float64Array;
      return data[start + indexOfLargest(data, start, size)] as number;
    };
    winners[row] = ballots.reduce((winner, each) => (best(each) > best(winner) ? each : winner));
  });
  const names = Object.keys(ballots[0]?.tensors ?? {});
  const chosen = winners.map(({ name }) => name);
  return [
    ...names.map((name) => rowsOf(name, winners)),
    { name: AGGREGATE_OUTPUTS.chosen, datatype: 'BYTES', shape: [chosen.length], data: chosen },
  ];
}

/** A tensor whose rows come from several. */
function rowsOf(name: string, winners: Ballots): Tensor {
  const example = winners[0]?.tensors[name] as Tensor;
  const data = DATATYPE_INFO[example.datatype].allocate(example.data.length);
  eachRow(example, (row, start, size) => {
    const source = winners[row]?.tensors[name]?.data as NumericArray;
    for (let i = start; i < start + size; i++) put(data, i, source[i] as number);
  });
  return { ...example, data };
}

function all(of: string, ballots: Ballots): readonly [Tensor, ...Tensor[]] {
  return ballots.map(({ tensors }) => tensors[of] as Tensor) as [Tensor, ...Tensor[]];
}

function eachRow({ shape }: Tensor, visit: (row: number, start: number, size: number) => void): void {
  const size = elementCount(shape.slice(1));
  for (let row = 0; row < (shape[0] ?? 1); row++) visit(row, row * size, size);
}

function indexOfLargest(data: ArrayLike<number>, start: number, size: number): number {
  let largest = 0;
  for (let i = 1; i < size; i++) if ((data[start + i] as number) > (data[start + largest] as number)) largest = i;
  return largest;
}

/** 64-bit integers are of a kind of their own. */
function put(data: TensorData, at: number, value: number | bigint | string): void {
  (data as unknown[])[at] = data instanceof BigInt64Array || data instanceof BigUint64Array ? BigInt(value) : value;
}
