import type { TensorSpec } from '../shared/contract';
import { ServingError } from '../shared/errors';
import { checkDeadline } from '../shared/in-time';
import { DATATYPE_INFO, type NumericArray } from '../shared/protocol/datatypes';
import { elementCount, type Tensor } from '../shared/protocol/tensor';
import { run } from './run';
import { type Decoded, each, Failed, type Ran } from './steps';

/** A request for whose run there was no time left. */
export const NOT_BEGUN = new Failed(new ServingError('UNAVAILABLE', 'There was no time left for it.'));

/**
 * As `run`, but requests that fit together are one tensor and one run. The model's card says that rows are independent:
 * the first dimension of every input and output varies. What a stacked run does not answer for is run alone, so that one
 * request never fails another.
 *
 * @param maxRows most rows in one run; 1: none are stacked
 * @param beginBy moment (epoch milliseconds) after which no run begins
 */
export async function runStacked<Answer>(
  items: readonly (Decoded<Answer> | Failed)[],
  maxRows: number,
  beginBy = Number.POSITIVE_INFINITY,
): Promise<(Ran<Answer> | Failed)[]> {
  const results: (Ran<Answer> | Failed | undefined)[] = items.map((item) =>
    item instanceof Failed ? item : undefined,
  );
  for (const stack of stacksOf(items, maxRows)) {
    if (Date.now() > beginBy) {
      for (const index of stack) results[index] = NOT_BEGUN;
      continue;
    }
    const members = stack.map((index) => items[index] as Decoded<Answer>);
    const ran = (members.length > 1 && (await runTogether(members))) || (await each(members, run));
    stack.forEach((index, at) => {
      results[index] = ran[at];
    });
  }
  return results as (Ran<Answer> | Failed)[];
}

/** Which requests go into one run, by index: same model, same outputs, same shape of a row. */
function stacksOf<Answer>(items: readonly (Decoded<Answer> | Failed)[], maxRows: number): number[][] {
  const open = new Map<string, { indices: number[]; rows: number }>();
  const stacks: number[][] = [];
  items.forEach((item, index) => {
    if (item instanceof Failed) return;
    const { rows } = item.inference;
    const key = stackable(item) && rows < maxRows ? keyOf(item) : undefined;
    const stack = key === undefined ? undefined : open.get(key);
    if (stack && stack.rows + rows <= maxRows) {
      stack.indices.push(index);
      stack.rows += rows;
      return;
    }
    const started = { indices: [index], rows };
    stacks.push(started.indices);
    if (key !== undefined) open.set(key, started);
  });
  return stacks;
}

function stackable<Answer>({ model: { manifest } }: Decoded<Answer>): boolean {
  const varies = ({ shape }: TensorSpec) => shape[0] === -1;
  return manifest.inputs.every(varies) && manifest.outputs.every(varies);
}

function keyOf<Answer>({ inference, model }: Decoded<Answer>): string {
  const rowShapes = inference.inputs.map(({ shape }) => shape.slice(1));
  return JSON.stringify([model.identity.revision, inference.outputs, rowShapes]);
}

/** Undefined where the model does not answer as its card says, or not at all. */
async function runTogether<Answer>(members: readonly Decoded<Answer>[]): Promise<Ran<Answer>[] | undefined> {
  const [first] = members as [Decoded<Answer>];
  const rows = members.map(({ inference }) => inference.rows);
  const total = rows.reduce((sum, count) => sum + count, 0);
  const inputs = first.inference.inputs.map((_, at) =>
    joined(members.map(({ inference }) => inference.inputs[at] as Tensor)),
  );
  const startMs = Date.now();
  const started = performance.now();
  try {
    for (const { request } of members) checkDeadline(request.deadlineMs, 'before the model ran');
    const outputs = await first.model.session.run(inputs, first.inference.outputs);
    if (outputs.some(({ shape }) => shape[0] !== total)) return undefined;
    const endMs = Date.now();
    const modelLatencyMs = performance.now() - started;
    let start = 0;
    return members.map((member, at) => {
      const count = rows[at] as number;
      start += count;
      const own = outputs.map((output) => rowsOf(output, start - count, start));
      return { ...member, outputs: own, startMs, endMs, modelLatencyMs, stacked: members.length };
    });
  } catch {
    return undefined;
  }
}

function joined(tensors: readonly Tensor[]): Tensor {
  const [{ datatype, name, shape }] = tensors as [Tensor];
  const rows = tensors.reduce((sum, tensor) => sum + (tensor.shape[0] as number), 0);
  const whole = [rows, ...shape.slice(1)];
  if (datatype === 'BYTES')
    return { name, datatype, shape: whole, data: tensors.flatMap(({ data }) => data as string[]) };
  const data = DATATYPE_INFO[datatype].allocate(elementCount(whole)) as NumericArray;
  let at = 0;
  for (const tensor of tensors) {
    const part = tensor.data as NumericArray;
    (data as Uint8Array).set(part as Uint8Array, at);
    at += part.length;
  }
  return { name, datatype, shape: whole, data };
}

function rowsOf({ data, datatype, name, shape }: Tensor, start: number, end: number): Tensor {
  const size = elementCount(shape.slice(1));
  const own = Array.isArray(data) ? data.slice(start * size, end * size) : data.subarray(start * size, end * size);
  return { name, datatype, shape: [end - start, ...shape.slice(1)], data: own };
}
