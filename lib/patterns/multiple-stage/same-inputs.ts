import type { ModelCard, TensorDescription } from '../../model/model-card';

/** Both stages get one request: what the better model takes, the fast one must take too. */
export function requireSameInputs(fast: ModelCard, better: ModelCard): void {
  const difference = differenceOf(fast, better);
  if (difference === undefined) return;
  throw new Error(`fast: ${fast.modelName} and ${better.modelName} must take the same inputs; ${difference}`);
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
