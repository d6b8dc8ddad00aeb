import { direct } from '../e2e/graphs/direct';
import { BELOW, type Tree } from './trees';

export interface Classified {
  readonly label: number;
  readonly probabilities: readonly number[];
}

type Image = { readonly shape: readonly number[]; readonly data: readonly unknown[] };

const largest = (values: readonly number[]) => values.indexOf(Math.max(...values));

/** What a tree answers to one image, with ONNX Runtime and nothing of ours around it. */
export async function classified(tree: Tree, image: Image): Promise<Classified> {
  switch (tree.kind) {
    case 'model': {
      const { label = [], probabilities = [] } = await direct(tree.name, { image });
      return { label: Number(label[0]), probabilities };
    }
    case 'cache':
    case 'breaker':
      return classified(tree.part, image);
    case 'vertical':
      return lastOf(await Promise.all(tree.parts.map((part) => classified(part, image))), tree.isConditional);
    case 'horizontal':
      return together(await Promise.all(tree.parts.map((part) => classified(part, image))), tree.aggregation);
  }
}

/** A stage that is left out leaves the answer to the one before it. */
function lastOf([first, ...others]: readonly Classified[], isConditional: boolean): Classified {
  return others.reduce((before, next) => (!isConditional || before.label < BELOW ? next : before), first as Classified);
}

function together(all: readonly Classified[], aggregation: 'mean' | 'max' | 'select'): Classified {
  const [first] = all as [Classified];
  if (aggregation === 'select') return first;
  const surest = (each: Classified) => Math.max(...each.probabilities);
  if (aggregation === 'max') return all.reduce((best, each) => (surest(each) > surest(best) ? each : best));
  const probabilities = first.probabilities.map(
    (_, digit) => all.reduce((sum, each) => sum + (each.probabilities[digit] ?? 0), 0) / all.length,
  );
  return { label: largest(probabilities), probabilities };
}
