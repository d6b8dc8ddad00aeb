import type { ModelCard, TensorDescription } from '../../model/model-card';

/**
 * Both get one request: what the better model takes, the other one must take too.
 *
 * @param prop what named the other one
 */
export function requireSameInputs(other: ModelCard, better: ModelCard, prop = 'fast'): void {
  const difference = differenceOf(other, better);
  if (difference === undefined) return;
  throw new Error(`${prop}: ${other.modelName} and ${better.modelName} must take the same inputs; ${difference}`);
}

/** What stands in for another must answer with the same names and datatypes. */
export function requireSameOutputs(other: ModelCard, better: ModelCard, prop: string): void {
  const outputs = ({ outputs }: ModelCard) => outputs.map(({ datatype, name }) => `${name} ${datatype}`).sort();
  const [theirs, ours] = [outputs(other), outputs(better)];
  if (theirs.join() === ours.join()) return;
  throw new Error(
    `${prop}: ${other.modelName} and ${better.modelName} must give the same outputs; ` +
      `${other.modelName} gives ${theirs.join(', ')}, ${better.modelName} gives ${ours.join(', ')}`,
  );
}

function differenceOf(fast: ModelCard, better: ModelCard): string | undefined {
  const names = ({ inputs }: ModelCard) => inputs.map(({ name }) => name);
  const [ours, theirs] = [names(fast), names(better)];
  if ([...ours].sort().join() !== [...theirs].sort().join()) {
    return `${fast.modelName} takes ${ours.join(', ')}, ${better.modelName} takes ${theirs.join(', ')}`;
  }
  for (const wanted of better.inputs) {
    const taken = fast.inputs.find(({ name }) => name === wanted.name);
    if (taken && (taken.datatype !== wanted.datatype || !takesShape(taken, wanted))) {
      return `${wanted.name} is ${written(taken)} in ${fast.modelName} and ${written(wanted)} in ${better.modelName}`;
    }
  }
  return undefined;
}

/** A dimension that may vary takes any size. */
function takesShape(taken: TensorDescription, wanted: TensorDescription): boolean {
  return (
    taken.shape.length === wanted.shape.length &&
    taken.shape.every((size, dimension) => size === -1 || size === wanted.shape[dimension])
  );
}

function written({ datatype, shape }: TensorDescription): string {
  return `${datatype} [${shape.join(', ')}]`;
}
